module example.org/uses-actinit

go 1.26.0

require actinit v0.0.0

replace actinit => ../..
