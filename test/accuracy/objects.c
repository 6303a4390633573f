/*===- objects.c - Runs the functions of an object on given arrays --------===*
 *
 * objects NAME BYTES SLACK, with BYTES the size of an element, and SLACK that of
 * what may be read behind an array: standard input holds the number of elements
 * (8 bytes) and what the function NAME reads, in the order of its arguments;
 * standard output gets what it writes. `functions.inc` lists the functions: a
 * letter an argument,
 *   i  an array read          o  an array written
 *   s  a scalar               c  a scalar's array, of one channel
 *   g  a sum of one value.
 * Every array ends where memory does, but for the slack. Short arrays, and the
 * first output in the place of the first input, must give the same bits: exit
 * status 3 if not.
 *
 *===----------------------------------------------------------------------===*/

#define _DEFAULT_SOURCE
#include "functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { max_arguments = 16, max_short = 70 };

struct function {
  const char *name;
  const char *roles;
  void (*call)(void **a, size_t n);
};

#include "functions.inc"

static size_t element_bytes, slack_bytes;

static size_t size_of(char role, size_t n) {
  if (role == 'i' || role == 'o')
    return n * element_bytes;
  return element_bytes == 8 ? 8 : 4;
}

/* What is behind the array and the slack cannot be touched. */
static void *allocate(size_t size) {
  char *base;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t whole = (size + slack_bytes + page - 1) / page * page;
  base = mmap(NULL, whole + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || mprotect(base + whole, page, PROT_NONE) != 0)
    exit(2);
  return base + whole - slack_bytes - size;
}

static void release(void *array, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t whole = (size + slack_bytes + page - 1) / page * page;
  munmap((char *)array + size + slack_bytes - whole, whole + page);
}

/* The first `m` elements again, each array at the end of a page. */
static int check_short(const struct function *f, void **all, size_t m,
                       int in_place) {
  void *a[max_arguments];
  const char *input = strchr(f->roles, 'i'), *output = strchr(f->roles, 'o');
  int i, same = 1;
  for (i = 0; f->roles[i]; ++i) {
    a[i] = allocate(size_of(f->roles[i], m));
    if (f->roles[i] != 'o' && f->roles[i] != 'g')
      memcpy(a[i], all[i], size_of(f->roles[i], m));
  }
  if (in_place)
    memcpy(a[output - f->roles], a[input - f->roles], size_of('o', m));
  {
    void *taken[max_arguments];
    memcpy(taken, a, sizeof(a));
    if (in_place)
      taken[input - f->roles] = a[output - f->roles];
    f->call(taken, m);
  }
  for (i = 0; f->roles[i]; ++i) {
    if (f->roles[i] == 'o')
      same &= memcmp(a[i], all[i], size_of('o', m)) == 0;
    release(a[i], size_of(f->roles[i], m));
  }
  if (!same)
    fprintf(stderr, "%s: %lu elements%s differ\n", f->name, (unsigned long)m,
            in_place ? " in place" : "");
  return same;
}

static int run(const struct function *f) {
  void *a[max_arguments];
  unsigned char count[8];
  size_t n = 0, m;
  int i, same = 1;
  if (fread(count, 1, 8, stdin) != 8)
    return 2;
  for (i = 8; i-- > 0;)
    n = n << 8 | count[i];
  for (i = 0; f->roles[i]; ++i) {
    size_t size = size_of(f->roles[i], n);
    a[i] = allocate(size);
    if (f->roles[i] != 'o' && f->roles[i] != 'g' &&
        fread(a[i], 1, size, stdin) != size)
      return 2;
  }
  f->call(a, n);
  for (i = 0; f->roles[i]; ++i)
    if (f->roles[i] == 'o' || f->roles[i] == 'g')
      fwrite(a[i], 1, size_of(f->roles[i], n), stdout);
  for (m = 0; m <= max_short && m <= n; ++m)
    same &= check_short(f, a, m, 0) && check_short(f, a, m, 1);
  return same ? 0 : 3;
}

int main(int argc, char **argv) {
  size_t i;
  if (argc != 4)
    return 2;
  element_bytes = (size_t)atoi(argv[2]);
  slack_bytes = (size_t)atoi(argv[3]);
  for (i = 0; i != sizeof(functions) / sizeof(functions[0]); ++i)
    if (strcmp(functions[i].name, argv[1]) == 0)
      return run(&functions[i]);
  return 2;
}
