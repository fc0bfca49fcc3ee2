module actinit/harness/peers/native

go 1.26.0

replace actinit => ../../..

require actinit v0.0.0

require golang.org/x/sys v0.49.0 // indirect
