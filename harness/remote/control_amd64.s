//go:build !purego

#include "textflag.h"

// func readControl() uint32
TEXT ·readControl(SB), NOSPLIT, $0-4
	STMXCSR ret+0(FP)
	RET

// func writeControl(value uint32)
TEXT ·writeControl(SB), NOSPLIT, $0-4
	LDMXCSR value+0(FP)
	RET
