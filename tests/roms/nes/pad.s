; The ROM `pad` of the conformance suite (tests/roms/pad.py) on the NES. Registers as in the NESdev wiki, "PPU registers".

PPUCTRL   = $2000
PPUMASK   = $2001
PPUSTATUS = $2002
OAMADDR   = $2003
PPUSCROLL = $2005
PPUADDR   = $2006
PPUDATA   = $2007
OAMDMA    = $4014
JOYPAD    = $4016

CELL   = 8
WIDTH  = 256
HEIGHT = 224            ; the lines below are outside of the picture on many emulators
TOP    = 32             ; above the sprite: the frame counter, in the third row
DARK   = 1
BRIGHT = 2
CHECKS = 3
COUNTER_ROW = $2000 + 2 * 32 + 2 ; the first columns are cut off on some emulators

magic  = $0200          ; the block
frame  = $0204
held   = $0206
counts = $0208
sprite_x = $021C
sprite_y = $021D
sprites  = $0300        ; copied to the picture unit each frame
bits     = $10          ; scratch

.segment "HEADER"
        .byte "NES", $1A, 1, 1, 0, 0    ; 16 KiB program, 8 KiB pictures, no mapper

.segment "CODE"
reset:  sei
        cld
        ldx #$FF
        txs
        inx
        stx PPUCTRL
        stx PPUMASK
        bit PPUSTATUS
:       bit PPUSTATUS           ; the picture unit needs two frames to warm up
        bpl :-
:       bit PPUSTATUS
        bpl :-
        lda #0                  ; so that no run depends on what memory held at power-on
        tax
:       sta $00,x
        sta $0100,x
        sta $0200,x
        sta $0300,x
        sta $0400,x
        sta $0500,x
        sta $0600,x
        sta $0700,x
        inx
        bne :-
        ldx #$FF                ; all sprites below the picture
        txa
:       sta sprites,x
        dex
        bne :-
        lda #BRIGHT
        sta sprites+1
        lda #0
        sta sprites+2
        ldx #3
:       lda text,x
        sta magic,x
        dex
        bpl :-
        lda #(WIDTH - CELL) / 2
        sta sprite_x
        lda #(HEIGHT - CELL) / 2
        sta sprite_y
        lda #$3F
        sta PPUADDR
        ldx #0
        stx PPUADDR
:       lda colours,x
        sta PPUDATA
        inx
        cpx #32
        bne :-
        lda #$20                ; background: checks, with empty rows above
        sta PPUADDR
        lda #0
        sta PPUADDR
        tax
        ldy #4
:       sta PPUDATA
        inx
        cpx #128
        bne :-
        lda #CHECKS
:       sta PPUDATA
        inx
        bne :-
        dey
        bne :-
        lda #0                  ; colours of all cells: the first four
        tax
:       sta PPUDATA
        inx
        cpx #64
        bne :-
        lda #$80                ; an interrupt each frame
        sta PPUCTRL
        lda #$1E                ; background and sprites
        sta PPUMASK
idle:   jmp idle

; One frame of the game: first what the picture needs, for it begins soon.
nmi:    lda #1
        sta JOYPAD
        lsr a
        sta JOYPAD
        ldx #8                  ; A B SELECT START UP DOWN LEFT RIGHT
:       lda JOYPAD
        lsr a
        ror held
        dex
        bne :-
        lda held
        asl a
        bcc :+                  ; right
        ldx sprite_x
        cpx #WIDTH - CELL
        beq :+
        inc sprite_x
:       asl a
        bcc :+                  ; left
        ldx sprite_x
        beq :+
        dec sprite_x
:       asl a
        bcc :+                  ; down
        ldx sprite_y
        cpx #HEIGHT - CELL
        beq :+
        inc sprite_y
:       asl a
        bcc :+                  ; up
        ldx sprite_y
        cpx #TOP
        beq :+
        dec sprite_y
:       ldx sprite_y
        dex                     ; sprites appear one line below their y
        stx sprites
        lda sprite_x
        sta sprites+3
        inc frame
        bne :+
        inc frame+1
:       lda #0
        sta OAMADDR
        lda #>sprites
        sta OAMDMA
        lda frame
        sta bits
        lda frame+1
        sta bits+1
        lda #>COUNTER_ROW
        sta PPUADDR
        lda #<COUNTER_ROW
        sta PPUADDR
        ldx #16
:       lda #0
        lsr bits+1
        ror bits
        adc #DARK               ; bright if the bit is set
        sta PPUDATA
        dex
        bne :-
        lda #$80                ; reading the address again sets the scroll
        sta PPUCTRL
        lda #0
        sta PPUSCROLL
        sta PPUSCROLL
        lda held
        ldx #0
:       lsr a
        bcc :+
        inc counts,x
        bne :+
        inc counts+1,x
:       inx
        inx
        cpx #16
        bne :--
irq:    rti

.segment "RODATA"
text:   .byte "PAD1"
colours:
        .repeat 4
        .byte $0F, $00, $30, $11
        .endrepeat
        .repeat 4
        .byte $0F, $27, $16, $2A
        .endrepeat

.segment "VECTORS"
        .word nmi, reset, irq

.segment "CHARS"
        .res 16, $00
        .res 8, $FF             ; dark
        .res 8, $00
        .res 8, $00             ; bright
        .res 8, $FF
        .res 8, $F0             ; checks
        .res 8, $0F
