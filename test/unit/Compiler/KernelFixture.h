//===- KernelFixture.h - Kernels and memory for their tests -----*- C++ -*-===//
//
// Compiles one formula and runs it on tensors that lie between two pages which
// nobody may touch.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_UNIT_COMPILER_KERNELFIXTURE_H
#define ACTIN_TEST_UNIT_COMPILER_KERNELFIXTURE_H

#include "HostTargets.h"

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <gtest/gtest.h>

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace actin::test {

inline std::string messages(const Diagnostics &diagnostics) {
  std::string text;
  for (const Diagnostic &diagnostic : diagnostics)
    text += diagnostic.message + "\n";
  return text;
}

inline Activation parseOne(const std::string &text) {
  Expected<Module> module = parseModule(text);
  if (!module) {
    ADD_FAILURE() << text << ": " << messages(module.error());
    std::abort();
  }
  return module->getActivations().front();
}

inline Kernel compileOrFail(Compiler &compiler, const Activation &activation,
                            const KernelOutputs &outputs,
                            const CompileOptions &options = {}) {
  Expected<Kernel> kernel = compiler.compile(activation, outputs, options);
  if (!kernel) {
    ADD_FAILURE() << messages(kernel.error());
    return Kernel();
  }
  return *kernel;
}

/// Whether this machine can run code for `target`.
inline bool canRun(const std::string &target) {
  Compiler compiler;
  CompileOptions options;
  options.target = target;
  return compiler.compile(parseOne("activation f(x) = x"), {}, options)
      .has_value();
}

/// `count` elements with an untouchable page right behind the last one, or
/// right before the first.
template <typename T> class GuardedBuffer {
public:
  enum class Guard { Behind, Before };

  GuardedBuffer(size_t count, Guard guard) : count(count) {
    size_t page = sysconf(_SC_PAGESIZE);
    size_t used = (count * sizeof(T) + page - 1) / page * page;
    mappedBytes = used + 2 * page;
    mapped =
        static_cast<char *>(mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(mapped, page, PROT_NONE);
    mprotect(mapped + page + used, page, PROT_NONE);
    char *first = mapped + page;
    if (guard == Guard::Behind)
      first += used - count * sizeof(T);
    elements = reinterpret_cast<T *>(first);
  }
  ~GuardedBuffer() { munmap(mapped, mappedBytes); }
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;

  T *data() { return elements; }
  size_t size() const { return count; }
  T &operator[](size_t i) { return elements[i]; }

private:
  size_t count, mappedBytes;
  char *mapped;
  T *elements;
};

template <typename T> constexpr DataType dataTypeOf() {
  return sizeof(T) == 8 ? DataType::F64 : DataType::F32;
}

template <typename T> TensorView view(T *data, std::vector<int64_t> shape) {
  return {const_cast<std::remove_const_t<T> *>(data), dataTypeOf<T>(),
          std::move(shape)};
}

} // namespace actin::test

#endif // ACTIN_TEST_UNIT_COMPILER_KERNELFIXTURE_H
