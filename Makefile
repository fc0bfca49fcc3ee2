# actinit: one target for each thing the README promises. `make` alone lists them.
.DEFAULT_GOAL := help

# Nothing here needs a C compiler, except race and test-external, which say so.
export CGO_ENABLED ?= 0

COMMIT := $(shell git rev-parse HEAD 2>/dev/null)$(shell git diff --quiet HEAD -- 2>/dev/null || echo +modified)
LDFLAGS := -X actinit/datasets/buildinfo.commit=$(COMMIT)
ACTINIT := bin/actinit
# make bench ARGS='--filter op:sigmoid' passes flags on; so do verify, layers and the rest.
ARGS ?=
# make compare OLD=ID NEW=ID compares two runs; without them the newest is held against the one before.
OLD ?=
NEW ?=

# The property tests draw the same inputs at every run, so that a change fails by what it does and not by chance; make properties draws others.
export RAPID_SEED ?= 1

.PHONY: help build bench doctor test test-builds check verify exhaustive layers reproduce report compare against history experiment generate race emulate test-external test-crash test-slurm test-kubernetes peers peers-build peers-lecture properties fuzz clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/actinit, with the commit it was built from
	@mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o $(ACTINIT) .

bench: build ## verify, benchmark, layer statistics, report: 2 minutes on 2 quiet cores, 5 on busy ones
	$(ACTINIT) bench $(ARGS)

doctor: build ## what on this machine will disturb measurements, and what to do about it
	$(ACTINIT) doctor $(ARGS)

verify: build ## hold every kernel against the reference: under a minute
	$(ACTINIT) verify $(ARGS)

exhaustive: build ## prove the float32 kernels on all 2^32 inputs, try 2^30 inputs of each float64 kernel: some five hours on two cores; go on with make verify ARGS='--resume ID'
	$(ACTINIT) verify --exhaustive $(ARGS)

layers: build ## layer statistics of every activation x initialiser, digits included: about 10 minutes
	$(ACTINIT) layers --all $(ARGS)

reproduce: build ## the papers' numbers beside ours, with tolerances stated beforehand
	$(ACTINIT) reproduce all $(ARGS)

report: build ## write report.html of the newest run again
	$(ACTINIT) report $(ARGS)

history: build ## every kernel's median over all runs, and where it changed
	$(ACTINIT) history $(ARGS)

against: build ## time this program by turns with REV, HEAD~1 if none is given; status 1 if a kernel is slower: 3 minutes
	$(ACTINIT) bench --against $(REV) $(ARGS)
REV ?= HEAD~1

experiment: build ## try the method of paired runs on this machine: false alarms, and a change of 2% found: half an hour
	harness/bench/experiment.sh

compare: build ## compare the newest run with the one before, or OLD=ID with NEW=ID
	$(ACTINIT) compare $(OLD) $(NEW) $(ARGS)

test: ## every test that needs nothing but Go: under 10 minutes
	go test -timeout 30m ./...
	cd kernels/example && go test ./...

test-builds: ## the kernels' tests in portable Go and in the builds that fuse: 2 minutes
	go test -timeout 30m -tags purego ./kernels/... ./harness/determinism ./harness/roofline
	ACTINIT_ISA=portable go test -timeout 30m -count=1 ./kernels ./harness/determinism # not from the cache, which does not know of the variable
	@if grep -qw avx2 /proc/cpuinfo && grep -qw bmi2 /proc/cpuinfo; then \
	  echo 'GOAMD64=v3 go test ./kernels'; GOAMD64=v3 go test -timeout 30m ./kernels ./harness/determinism; \
	  else echo 'GOAMD64=v3: not on this CPU'; fi

check: ## formatting, vet, staticcheck, generated files, import rules, other builds
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not gofmt-ed: $$unformatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go vet -tags purego ./...
	GOARCH=arm64 go vet ./...
	GOAMD64=v3 go build ./...
	cd kernels/example && go vet ./... && go build -o /dev/null .
	cd kernels/_asm && go vet . && go test . && go run . -check
	go vet ./kernels/_emulate ./kernels/_emulate/init ./kernels/_emulate/sweep
	go test -run 'TestImportRules|TestGenerated|TestNoFused' -count=1 .
	go mod verify
	go mod tidy -diff

generate: ## write the generated files again: coefficient tables, assembly, columns' comments and the tables of README.md
	go run ./kernels/_fit
	cd kernels/_asm && go run .
	go test . -run TestGeneratedREADME -update
	go test ./reports/rowfile -run TestComments -update

emulate: ## the AVX-512 kernels in an emulator, for machines without AVX-512: half an hour and more; installs what it needs on Debian
	@ls /usr/share/bochs/BIOS-bochs-latest /usr/share/vgabios/vgabios.bin /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 \
	  >/dev/null 2>&1 && command -v xorriso g++ make >/dev/null || { \
	  echo 'installing bochsbios, vgabios, isolinux, syslinux-common, xorriso, g++ and make'; \
	  apt-get update -q && apt-get install -y -q --no-install-recommends bochsbios vgabios isolinux syslinux-common xorriso g++ make; }
	go run ./kernels/_emulate $(ARGS)

race: ## tests under the race detector; needs gcc and installs it on Debian
	@command -v gcc >/dev/null || { echo 'installing gcc'; apt-get update -q && apt-get install -y -q gcc libc6-dev; }
	CGO_ENABLED=1 go test -race -short -timeout 30m ./...

test-external: ## DuckDB, Arrow, hyparquet, polars, pandas and numpy read real runs' files and weights, the examples of peers serve: a minute; installs g++, nodejs, npm, pandas and numpy on Debian
	@command -v g++ >/dev/null || { echo 'installing g++'; apt-get update -q && apt-get install -y -q g++ libc6-dev; }
	@/usr/bin/python3 -c 'import numpy, pandas' 2>/dev/null || { echo 'installing python3-numpy and python3-pandas'; apt-get update -q && apt-get install -y -q --no-install-recommends python3-numpy python3-pandas; }
	@command -v npm >/dev/null || { echo 'installing nodejs and npm'; apt-get update -q && apt-get install -y -q --no-install-recommends nodejs npm; }
	rm -rf bin/external && mkdir -p bin/external
	cd reports/duckdb && CGO_ENABLED=1 go test -tags duckdb_arrow -count=1 . -args -keep $(CURDIR)/bin/external
	cd reports/javascript && npm ci --no-audit --no-fund && ACTINIT_RUNS=$(CURDIR)/bin/external npm test
	go test ./harness/cli -count=1 -v -run TestNumpyReadsWeights -args -numpy /usr/bin/python3
	go test ./harness/peers -count=1 -v -run TestExamples

test-crash: ## kill -9 of the writing commands, each in turn, at 200 random moments: a minute or two; make test does it ten times, with others each time
	go test ./harness/cli -count=1 -v -timeout 2h -run TestKill -args -kills 200

test-slurm: ## arrays on a Slurm started on loopback, a task killed, the controller restarted: 3 to 5 minutes; takes root, installs Slurm on Debian
	@dpkg -s slurm-wlm munge >/dev/null 2>&1 || { echo 'installing slurm-wlm and munge'; apt-get update -q && apt-get install -y -q --no-install-recommends slurm-wlm munge; }
	go test ./deploy/slurm -count=1 -v -timeout 2h -run TestSlurm -args -slurm

test-kubernetes: ## the files of deploy/kubernetes, decoded strictly and run on Kubernetes' own servers, built from source and started on loopback: 10 minutes, at the first time 10 more; takes root, installs busybox-static on Debian
	@dpkg -s busybox-static >/dev/null 2>&1 || { echo 'installing busybox-static'; apt-get update -q && apt-get install -y -q --no-install-recommends busybox-static; }
	cd deploy/kubernetes && go vet . && go test -count=1 -v -timeout 2h . -args -kubernetes

# What the libraries beside ours need, as Debian packages them; Go's come from the module proxy.
PEERS := g++ libc6-dev libxnnpack-dev libpthreadpool-dev libsleef-dev libdnnl-dev libeigen3-dev libhwy-dev python3-numpy python3-torch
PEERCOMMANDS := --peer bin/peers-native --peer bin/peers-golang --peer '/usr/bin/python3 harness/peers/driver.py'
# Go compiles for the CPU it is to run on, as -march=native has C do it.
PEERGOAMD64 := $(shell grep -qw avx2 /proc/cpuinfo && grep -qw bmi2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo && echo v3 || echo v1)
peers: build peers-build ## verify and time other libraries beside our kernels, in one run: XNNPACK, SLEEF, oneDNN, libmvec, Eigen, Highway, PyTorch, numpy, Go's; installs them on Debian
	go test ./harness/peers -count=1 -args -peer ../../bin/peers-native -peer ../../bin/peers-golang -peer '/usr/bin/python3 driver.py'
	$(ACTINIT) bench $(PEERCOMMANDS) --stages verify,bench --sizes $(PEERSIZES) --filter '$(PEERED)' $(ARGS)
PEERSIZES ?= 4096,262144,16777216
PEERED := op:(sigmoid OR sigmoid_faithful OR tanh OR tanh_faithful OR relu OR leakyrelu OR elu OR elu_faithful OR gelu OR gelutanh OR silu OR silu_faithful OR softplus OR softplus_faithful OR hardswish OR hardswish_faithful OR hardsigmoid OR mish OR logsigmoid OR exp OR exp_faithful OR uniform OR normal OR truncated_normal OR bernoulli) dir:(forward OR backward OR fill) type:(float32 OR float64) (-variant:(scalar OR unrolled OR reference) OR (op:gelu type:float64 variant:scalar))

peers-build:
	@dpkg -s $(PEERS) >/dev/null 2>&1 || { echo 'installing $(PEERS)'; apt-get update -q && apt-get install -y -q $(PEERS); }
	@mkdir -p bin
	cd harness/peers/native && CGO_ENABLED=1 go vet . && CGO_ENABLED=1 go build -o ../../../bin/peers-native .
	cd harness/peers/golang && go vet . && GOAMD64=$(PEERGOAMD64) go build -o ../../../bin/peers-golang .

peers-lecture: ## time the lecture's six tanh layers, forward and backward, with all statistics, beside PyTorch; installs it on Debian
	@dpkg -s python3-torch libopenblas0-pthread >/dev/null 2>&1 || { echo 'installing python3-torch and libopenblas0-pthread'; apt-get update -q && apt-get install -y -q python3-torch libopenblas0-pthread; }
	@mkdir -p bin
	go build -o bin/lecture ./harness/peers/lecture
	bin/lecture

DRAWS ?= 2000
RAPIDTESTED = $(shell go list -f '{{range .TestImports}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}} {{end}}{{end}}{{range .XTestImports}}{{if eq . "pgregory.net/rapid"}}{{$$.ImportPath}} {{end}}{{end}}' ./...)
properties: ## the property tests, each with DRAWS new draws, where make test takes the same 100 every time: 3 minutes
	@# -short leaves out what is no property test and takes long, and a fifth of the checks is drawn
	RAPID_SEED=0 RAPID_CHECKS=$$((5 * $(DRAWS))) go test -count=1 -short -timeout 4h $(sort $(RAPIDTESTED))

# One fuzz target at a time is all go test allows. The minimiser would take a minute of each at its first finding.
FUZZTIME ?= 20s
fuzz: ## every fuzz target for FUZZTIME each
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg || exit 1; \
	  done; done

clean: ## remove what was built; runs stay
	rm -rf bin
