//===- PipelineService.cpp - The entry of the compiler library ------------===//

#include "CodeGen/LinkImage.h"
#include "CodeGen/Target.h"
#include "Compiler/CompilerService.h"
#include "Compiler/Pipeline.h"
#include "Frontend/Frontend.h"
#include "Support/Version.h"

namespace actin {
namespace {

class PipelineService : public CompilerService {
public:
  Expected<CodeImage> compile(std::string_view formula,
                              const KernelRequest &request,
                              const Target &target, StageTimes *times) override;
  Expected<std::string> emit(std::string_view formula,
                             const KernelRequest &request,
                             EmitKind kind) override;
  Expected<std::string>
  emitObject(const std::vector<ObjectFunctionText> &functions,
             const ObjectOptions &options, EmitKind kind) override {
    return pipeline.emitObject(functions, options, kind);
  }
  std::string describeTargets() override { return actin::describeTargets(); }
  Expected<std::vector<Rewrite>>
  listRewrites(std::string_view formula, const KernelRequest &request) override;
  Expected<std::string> differentiate(std::string_view formula,
                                      std::string_view name, int order,
                                      DerivativeForm form) override;

private:
  Pipeline pipeline;
};

} // namespace

Expected<CodeImage> PipelineService::compile(std::string_view formula,
                                             const KernelRequest &request,
                                             const Target &target,
                                             StageTimes *times) {
  Expected<Activation> activation = parsePrinted(formula);
  if (!activation)
    return tl::make_unexpected(activation.error());
  auto object = pipeline.compileObject(*activation, request, target, times);
  if (!object)
    return tl::make_unexpected(object.error());
  auto start = std::chrono::steady_clock::now();
  llvm::Expected<CodeImage> image = linkImage(*object, request.symbol);
  if (!image)
    return makeError(llvm::toString(image.takeError()));
  if (times)
    times->push_back(
        {"link", std::chrono::duration_cast<std::chrono::nanoseconds>(
                     std::chrono::steady_clock::now() - start)
                     .count()});
  return std::move(*image);
}

Expected<std::string> PipelineService::emit(std::string_view formula,
                                            const KernelRequest &request,
                                            EmitKind kind) {
  Expected<Activation> activation = parsePrinted(formula);
  if (!activation)
    return tl::make_unexpected(activation.error());
  llvm::Expected<Target> target = resolveTarget(request.options.target);
  if (!target)
    return makeError(llvm::toString(target.takeError()));
  return pipeline.emit(*activation, request, *target, kind);
}

Expected<std::vector<Rewrite>>
PipelineService::listRewrites(std::string_view formula,
                              const KernelRequest &request) {
  Expected<Activation> activation = parsePrinted(formula);
  if (!activation)
    return tl::make_unexpected(activation.error());
  return pipeline.listRewrites(*activation, request);
}

Expected<std::string> PipelineService::differentiate(std::string_view formula,
                                                     std::string_view name,
                                                     int order,
                                                     DerivativeForm form) {
  Expected<Activation> activation = parsePrinted(formula);
  if (!activation)
    return tl::make_unexpected(activation.error());
  Expected<Activation> derivative =
      pipeline.differentiate(*activation, name, order, form);
  if (!derivative)
    return tl::make_unexpected(derivative.error());
  return derivative->print();
}

extern "C" __attribute__((visibility("default"))) CompilerService *
actinCreateCompilerService(const char *version) {
  return getBuildVersion() == version ? new PipelineService() : nullptr;
}

} // namespace actin
