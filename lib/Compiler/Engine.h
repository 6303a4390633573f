//===- Engine.h - From a request to code that can be called -----*- C++ -*-===//

#ifndef ACTIN_COMPILER_ENGINE_H
#define ACTIN_COMPILER_ENGINE_H

#include "Cache/DiskStore.h"
#include "Cache/MemoryCache.h"
#include "Compiler/CompilerService.h"
#include "Runtime/MappedCode.h"

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace actin {

/// A target, and whether this machine can run code for it.
struct RunnableTarget {
  Target target;
  std::vector<std::string> required; ///< Instruction set extensions.
  std::string missing;               ///< Those of them that it lacks.
};

using TargetHandle = std::shared_ptr<const RunnableTarget>;
using CodeHandle = std::shared_ptr<const MappedCode>;

/// What a compiler and its kernels share; a kernel keeps it alive. Thread-safe.
/// The compiler library is loaded by the first request that needs it.
class Engine {
public:
  explicit Engine(const DiskCacheOptions &diskCache) : disk(diskCache) {}

  /// The target that users call `name`.
  Expected<TargetHandle> getTarget(const std::string &name);

  /// The code of a kernel, from the cache or compiled. `times`, which may be
  /// null, gets the stages that were run.
  Expected<CodeHandle> getCode(const Activation &activation,
                               const KernelRequest &request,
                               const RunnableTarget &target, StageTimes *times);

  Expected<CompilerService *> getService();

  CacheStatistics getCacheStatistics() const;

private:
  Expected<CodeImage> makeImage(const std::string &key,
                                const std::string &formula,
                                const KernelRequest &request,
                                const RunnableTarget &target,
                                StageTimes *times);
  std::optional<CodeImage> load(const std::string &key, StageTimes *times);

  MemoryCache<MappedCode> cache;
  DiskStore disk;
  std::atomic<uint64_t> numDiskHits = 0;
  std::mutex serviceMutex;
  std::shared_ptr<CompilerService> service;
  std::mutex targetMutex;
  /// A hit in the cache must not resolve anew.
  std::unordered_map<std::string, TargetHandle> targets;
};

} // namespace actin

#endif // ACTIN_COMPILER_ENGINE_H
