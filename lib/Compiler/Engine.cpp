//===- Engine.cpp - From a request to code that can be called -------------===//

#include "Compiler/Engine.h"

#include "Cache/CacheKey.h"
#include "Support/Environment.h"
#include "Support/Log.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace actin {

static std::string describe(const std::string &name, const Target &target,
                            const std::string &missing) {
  return "target " + name + ": " + target.triple + ", cpu " + target.cpu +
         (target.features.empty() ? "" : ", features " + target.features) +
         (missing.empty() ? "" : "; cannot run here, for want of " + missing);
}

/// "gelu: load 0.21 ms" or "gelu: compile 6.25 ms (import 0.10, …)".
static std::string describe(const Activation &activation,
                            const StageTimes &times) {
  auto milliseconds = [](int64_t nanos) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.2f", double(nanos) / 1e6);
    return std::string(text);
  };
  int64_t total = 0;
  std::string stages;
  for (const auto &[stage, nanos] : times) {
    total += nanos;
    stages += (stages.empty() ? "" : ", ") + stage + " " + milliseconds(nanos);
  }
  bool isLoad = !times.empty() && times.front().first == "load";
  return activation.getName() + ": " + (isLoad ? "load " : "compile ") +
         milliseconds(total) + " ms" + (isLoad ? "" : " (" + stages + ")");
}

/// Keeps the code as a file in ACTIN_JIT_DUMP, for people to disassemble.
static void dump(const Activation &activation, const CodeImage &image) {
  std::string folder = getEnvironment("ACTIN_JIT_DUMP");
  if (folder.empty())
    return;
  static std::atomic<unsigned> number = 0;
  std::string path = folder + "/actin-" + std::to_string(getpid()) + "-" +
                     std::to_string(number++) + "-" + activation.getName() +
                     ".bin";
  std::ofstream file(path, std::ios::binary);
  file << image.bytes;
  file.close();
  log(file ? LogLevel::Info : LogLevel::Warning, "dump",
      path + (file ? ": the code, entered at byte " +
                         std::to_string(image.entryOffset)
                   : " cannot be written"));
}

Expected<TargetHandle> Engine::getTarget(const std::string &name) {
  std::lock_guard<std::mutex> lock(targetMutex);
  if (auto it = targets.find(name); it != targets.end())
    return it->second;
  llvm::Expected<Target> target = resolveHostTarget(name);
  if (!target)
    return makeError(llvm::toString(target.takeError()));
  std::vector<std::string> required = getRequiredFeatures(*target);
  std::string missing = findMissingFeatures(required);
  if (isLogged("dispatch"))
    log(LogLevel::Info, "dispatch", describe(name, *target, missing));
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
    StageTimes ownTimes;
    StageTimes *stages = times ? times : &ownTimes;
    auto image = makeImage(text, key.formula, request, target, stages);
    if (!image)
      return tl::make_unexpected(image.error());
    if (isLogged("profile"))
      log(LogLevel::Info, "profile", describe(activation, *stages));
    dump(activation, *image);
    return MappedCode::map(*image);
  });
}

/// From disk, or compiled.
Expected<CodeImage> Engine::makeImage(const std::string &key,
                                      const std::string &formula,
                                      const KernelRequest &request,
                                      const RunnableTarget &target,
                                      StageTimes *times) {
  if (auto image = load(key, times))
    return std::move(*image);
  auto compiler = getService();
  if (!compiler)
    return tl::make_unexpected(compiler.error());
  auto image = (*compiler)->compile(formula, request, target.target, times);
  if (image)
    disk.save(key, *image);
  return image;
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
