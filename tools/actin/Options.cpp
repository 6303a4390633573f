//===- Options.cpp - The flags that several commands share ----------------===//

#include "Options.h"

#include <CLI/CLI.hpp>

namespace actin::tool {

void addSourceOptions(CLI::App &app, CommonOptions &options) {
  app.add_option("formula", options.source.formula,
                 "FILE[:NAME], '-' for standard input, or the name of a "
                 "standard activation");
  app.add_option("-e,--expression", options.source.expression,
                 "The formula's text, in place of a file");
}

void addMathOptions(CLI::App &app, CommonOptions &options) {
  app.add_option("--math", options.math, "accurate or fast")
      ->check(CLI::IsMember({"accurate", "fast"}))
      ->capture_default_str();
  app.add_option("--stabilize", options.stabilize,
                 "auto, or off: evaluate as written")
      ->check(CLI::IsMember({"auto", "off"}))
      ->capture_default_str();
  app.add_option("--dtype", options.dtype,
                 "Element type: f32, f64, f16 or bf16 (default: the arrays', "
                 "or f32 without arrays)")
      ->check(CLI::IsMember({"f32", "f64", "f16", "bf16"}));
}

void addCompileOptions(CLI::App &app, CommonOptions &options) {
  app.add_option("--target", options.target,
                 "native, x86-64-v2, x86-64-v3, x86-64-v4, a CPU's name, or "
                 "sm_75 and the like to emit PTX")
      ->capture_default_str();
  addMathOptions(app, options);
}

void addEmitOption(CLI::App &app, CommonOptions &options) {
  app.add_option("--emit", options.emit,
                 "Print a stage of the kernel and stop: mlir, llvm, asm or ptx")
      ->check(CLI::IsMember({"mlir", "llvm", "asm", "ptx"}));
}

void addThreadsOption(CLI::App &app, CommonOptions &options) {
  app.add_option("--threads", options.numThreads,
                 "Threads; the result does not depend on their number")
      ->envname("ACTIN_NUM_THREADS")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
}

void addReportOptions(CLI::App &app, CommonOptions &options) {
  app.add_flag("--time", options.time, "Print the milliseconds of each stage");
  app.add_flag("--json", options.json, "Report in JSON, errors too");
}

std::optional<DataType> getDataType(const CommonOptions &options) {
  if (options.dtype == "f32")
    return DataType::F32;
  if (options.dtype == "f64")
    return DataType::F64;
  if (options.dtype == "f16")
    return DataType::F16;
  if (options.dtype == "bf16")
    return DataType::BF16;
  return std::nullopt;
}

CompileOptions getCompileOptions(const CommonOptions &options, DataType type) {
  CompileOptions result;
  result.type = type;
  result.target = options.target;
  result.math = options.math == "fast" ? MathMode::Fast : MathMode::Accurate;
  result.stabilize =
      options.stabilize == "off" ? StabilizeMode::Off : StabilizeMode::Auto;
  return result;
}

EmitKind getEmitKind(const CommonOptions &options) {
  if (options.emit == "mlir")
    return EmitKind::MLIR;
  if (options.emit == "llvm")
    return EmitKind::LLVM;
  return options.emit == "ptx" ? EmitKind::PTX : EmitKind::Assembly;
}

} // namespace actin::tool
