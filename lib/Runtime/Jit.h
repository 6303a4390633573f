//===- Jit.h - Machine code in this process ---------------------*- C++ -*-===//

#ifndef ACTIN_RUNTIME_JIT_H
#define ACTIN_RUNTIME_JIT_H

#include "Lowering/KernelLoops.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace actin {

/// One long-lived ORC JIT. Thread-safe.
class Jit : public std::enable_shared_from_this<Jit> {
public:
  static llvm::Expected<std::shared_ptr<Jit>> create();

  /// Code that lives as long as this handle. Keeps the JIT alive.
  class Code {
  public:
    Code(std::shared_ptr<Jit> jit, llvm::orc::ResourceTrackerSP tracker,
         KernelFunction function, size_t sizeBytes)
        : jit(std::move(jit)), tracker(std::move(tracker)), function(function),
          sizeBytes(sizeBytes) {}
    ~Code();
    Code(const Code &) = delete;
    Code &operator=(const Code &) = delete;

    KernelFunction getFunction() const { return function; }
    size_t getSizeBytes() const { return sizeBytes; }

  private:
    std::shared_ptr<Jit> jit;
    llvm::orc::ResourceTrackerSP tracker;
    KernelFunction function;
    size_t sizeBytes;
  };

  /// Links `object`, which defines `symbol` (a name never used before).
  llvm::Expected<std::shared_ptr<const Code>> link(llvm::ArrayRef<char> object,
                                                   llvm::StringRef symbol);

private:
  explicit Jit(std::unique_ptr<llvm::orc::LLJIT> lljit)
      : lljit(std::move(lljit)) {}

  std::unique_ptr<llvm::orc::LLJIT> lljit;
};

} // namespace actin

#endif // ACTIN_RUNTIME_JIT_H
