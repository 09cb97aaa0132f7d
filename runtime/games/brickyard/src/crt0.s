	; Start-up code of a Game Boy ROM: vectors, cleared work memory, the interrupt of the vertical blank.
	.module crt0
	.globl	_main

	.area	_HEADER (ABS)
	.org	0x40		; vertical blank: HALT ends, nothing else
	reti
	.org	0x100
	nop
	jp	start
	.org	0x150		; the header between is filled in by fix_header.py
start:	di
	ld	sp, #0xDFFF
	ld	d, a		; 0x11 on a Game Boy Color (Pan Docs, "Power-Up Sequence")
	ld	hl, #0xC000	; so that no run depends on what memory held at power-on
	ld	bc, #0x1F00	; all but the stack's page
	ld	e, #0
clear:	ld	a, e
	ld	(hl+), a
	dec	bc
	ld	a, b
	or	a, c
	jr	NZ, clear
	ld	a, d
	jp	_main		; its argument is in A

	; void wait_vblank(void): sleep until the next vertical blank begins.
	.area	_CODE
	.globl	_wait_vblank
_wait_vblank:
	xor	a, a
	ldh	(0x0F), a	; IF: forget one that has passed
	ei
	halt
	nop
	di
	ret
