@ Start-up code: header space, stacks, cleared RAM, the VBlank interrupt.

    .section .crt0, "ax"
    .arm
    .global _start
_start:
    b       boot
    .space  0xBC                    @ header fields, filled in by fix_header.py

boot:
    mov     r0, #0x12               @ IRQ mode
    msr     cpsr_c, r0
    ldr     sp, =0x03007FA0
    mov     r0, #0x1F               @ system mode
    msr     cpsr_c, r0
    ldr     sp, =0x03007F00

    @ All game state lives in the first 4 KiB of EWRAM and in .bss (IWRAM). Both are
    @ cleared here so that no run depends on what the memory held at power-on.
    @ No literal that points into EWRAM may stand here: mGBA 0.7 takes a small ROM that
    @ loads one early on for a multiboot image and starts it at the wrong address.
    mov     r0, #0x02000000         @ __game_ram_start
    ldr     r1, =__game_ram_size
    add     r1, r0, r1
    bl      clear
    ldr     r0, =__bss_start
    ldr     r1, =__bss_end
    bl      clear

    ldr     r0, =main
    mov     lr, pc
    bx      r0
hang:
    b       hang

clear:
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b
    bx      lr

    .text
    .arm
    .global irq_entry
    .type irq_entry, %function
irq_entry:                          @ the BIOS has saved r0-r3, r12 and lr
    mov     r0, #0x04000000
    add     r0, r0, #0x200
    ldrh    r1, [r0, #2]            @ IF
    strh    r1, [r0, #2]            @ writing the bit back acknowledges it
    ldr     r2, =0x03007FF8         @ the flags VBlankIntrWait looks at
    ldrh    r3, [r2]
    orr     r3, r3, r1
    strh    r3, [r2]
    bx      lr

    .global wait_vblank
    .thumb
    .thumb_func
    .type wait_vblank, %function
wait_vblank:
    swi     0x05
    bx      lr

    .pool
