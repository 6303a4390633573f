//===- Engine.cpp - From a request to code that can be called -------------===//

#include "Compiler/Engine.h"

#include "Cache/CacheKey.h"

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
  CacheKey key{activation.print(),   request.outputs,
               request.options.type, request.space,
               request.streaming,    target.target.triple,
               target.target.cpu,    target.target.features,
               request.options.math, request.options.stabilize};
  return cache.getOrMake(key.toString(), [&]() -> Expected<CodeHandle> {
    auto compiler = getService();
    if (!compiler)
      return tl::make_unexpected(compiler.error());
    auto image =
        (*compiler)->compile(key.formula, request, target.target, times);
    if (!image)
      return tl::make_unexpected(image.error());
    return MappedCode::map(*image);
  });
}

} // namespace actin
