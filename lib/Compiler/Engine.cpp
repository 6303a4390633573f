//===- Engine.cpp - From a request to code that can be called -------------===//

#include "Compiler/Engine.h"

#include "Cache/CacheKey.h"

#include <chrono>

namespace actin {

Expected<TargetHandle> Engine::getTarget(const std::string &name) {
  std::lock_guard<std::mutex> lock(targetMutex);
  if (auto it = targets.find(name); it != targets.end())
    return it->second;
  llvm::Expected<Target> target = resolveHostTarget(name);
  if (!target)
    return makeError(llvm::toString(target.takeError()));
  std::vector<std::string> required = getRequiredFeatures(*target);
  std::string missing = findMissingFeatures(required);
  auto handle = std::make_shared<const RunnableTarget>(RunnableTarget{
      std::move(*target), std::move(required), std::move(missing)});
  targets.emplace(name, handle);
  return handle;
}

Expected<CompilerService *> Engine::getService() {
  std::lock_guard<std::mutex> lock(serviceMutex);
  if (!service) {
    auto loaded = loadCompilerService();
    if (!loaded)
      return tl::make_unexpected(loaded.error());
    service = std::move(*loaded);
  }
  return service.get();
}

Expected<CodeHandle> Engine::getCode(const Activation &activation,
                                     const KernelRequest &request,
                                     const RunnableTarget &target,
                                     StageTimes *times) {
  CacheKey key{
      activation.print(),   request.outputs,          request.options.type,
      request.space,        request.streaming,        target.target.triple,
      target.target.cpu,    target.target.features,   target.required,
      request.options.math, request.options.stabilize};
  std::string text = key.toString();
  return cache.getOrMake(text, [&]() -> Expected<CodeHandle> {
    if (auto image = load(text, times))
      return MappedCode::map(*image);
    auto compiler = getService();
    if (!compiler)
      return tl::make_unexpected(compiler.error());
    auto image =
        (*compiler)->compile(key.formula, request, target.target, times);
    if (!image)
      return tl::make_unexpected(image.error());
    disk.save(text, *image);
    return MappedCode::map(*image);
  });
}

std::optional<CodeImage> Engine::load(const std::string &key,
                                      StageTimes *times) {
  auto start = std::chrono::steady_clock::now();
  std::optional<CodeImage> image = disk.load(key);
  if (!image)
    return std::nullopt;
  ++numDiskHits;
  if (times)
    times->push_back(
        {"load", std::chrono::duration_cast<std::chrono::nanoseconds>(
                     std::chrono::steady_clock::now() - start)
                     .count()});
  return image;
}

CacheStatistics Engine::getCacheStatistics() const {
  CacheStatistics statistics = cache.getStatistics();
  statistics.diskHits = numDiskHits;
  return statistics;
}

} // namespace actin
