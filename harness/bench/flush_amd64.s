//go:build !purego

#include "textflag.h"

// func flush(first *byte, lines int)
TEXT ·flush(SB), NOSPLIT, $0-16
	MOVQ first+0(FP), AX
	MOVQ lines+8(FP), CX
	MFENCE

line:
	CLFLUSH (AX)
	ADDQ $64, AX
	DECQ CX
	JNE  line
	MFENCE
	RET
