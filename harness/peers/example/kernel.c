// A leaky ReLU that actinit times and verifies: cc -O3 kernel.c && actinit bench --peer ./a.out
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <xmmintrin.h>

static void leaky(float *out, const float *x, long n, float slope) {
	for (long i = 0; i < n; i++) out[i] = x[i] > 0 ? x[i] : slope * x[i];
}
static long long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}
int main(void) {
	static char line[4096], path[4096];
	char *memory = NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin)) {
		long k, n, workers, warmup, times, out, x, bytes;
		float slope;
		if (!strcmp(line, "actinit 1\n")) {
			puts("library mine 1.0, a plain loop\nkernel leakyrelu forward float32 mine portable\nend");
		} else if (sscanf(line, "memory %4095s %ld", path, &bytes) == 2) {
			memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, open(path, O_RDWR), 0);
			puts(memory == MAP_FAILED ? "error the memory cannot be mapped" : "ok");
		} else if (sscanf(line, "run %ld %ld %ld %ld %ld %f %ld %ld", &k, &n, &workers, &warmup, &times, &slope, &out, &x) == 8) {
			while (warmup-- > 0) leaky((float *)(memory + out), (float *)(memory + x), n, slope);
			unsigned control = _mm_getcsr();
			long long start = now();
			for (long i = 0; i < times; i++) leaky((float *)(memory + out), (float *)(memory + x), n, slope);
			printf("ns %lld\n", now() - start + 1);
			_mm_setcsr(control);
		} else puts("error want actinit 1, memory or run");
	}
}
