/* The Game Boy Advance registers this game touches (names as in GBATEK). */
#ifndef GBA_H
#define GBA_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef signed char s8;
typedef signed short s16;
typedef signed int s32;

#define REG16(address) (*(volatile u16 *)(address))

#define REG_DISPCNT REG16(0x04000000)
#define REG_DISPSTAT REG16(0x04000004)
#define REG_BG0CNT REG16(0x04000008)
#define REG_BG1CNT REG16(0x0400000A)
#define REG_BG2CNT REG16(0x0400000C)
#define REG_BG1HOFS REG16(0x04000014)
#define REG_BG1VOFS REG16(0x04000016)
#define REG_BG2HOFS REG16(0x04000018)
#define REG_BG2VOFS REG16(0x0400001A)
#define REG_BLDCNT REG16(0x04000050)
#define REG_BLDY REG16(0x04000054)
#define REG_KEYINPUT REG16(0x04000130)
#define REG_IE REG16(0x04000200)
#define REG_WAITCNT REG16(0x04000204)
#define REG_IME REG16(0x04000208)
#define IRQ_VECTOR (*(void (*volatile *)(void))0x03007FFC)

#define BG_PALETTE ((volatile u16 *)0x05000000)
#define OBJ_PALETTE ((volatile u16 *)0x05000200)
#define OAM ((volatile u16 *)0x07000000)
#define CHAR_BLOCK(n) ((volatile u16 *)(0x06000000 + (n) * 0x4000))
#define SCREEN_BLOCK(n) ((volatile u16 *)(0x06000000 + (n) * 0x800))
#define OBJ_TILES ((volatile u16 *)0x06010000)

#define KEY_A 0x0001
#define KEY_B 0x0002
#define KEY_START 0x0008
#define KEY_RIGHT 0x0010
#define KEY_LEFT 0x0020
#define KEY_UP 0x0040
#define KEY_DOWN 0x0080

#define SCREEN_WIDTH 240
#define SCREEN_HEIGHT 160

void irq_entry(void); /* crt0.s */
void wait_vblank(void); /* crt0.s: BIOS VBlankIntrWait, which halts the CPU */

#endif
