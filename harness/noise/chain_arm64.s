//go:build !purego

#include "textflag.h"

// func chain(turns int)
TEXT ·chain(SB), NOSPLIT, $0-8
	MOVD turns+0(FP), R0
	MOVD $1, R1
	MOVD $0, R2

turn:
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	ADD  R1, R2, R2
	SUBS $1, R0, R0
	BNE  turn
	RET
