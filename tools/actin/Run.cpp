//===- Run.cpp - actin run: a kernel on .npy arrays -----------------------===//
//
// In: a formula, arrays, parameters. Out: the value, gradients and second
// derivatives, each an .npy file; or, with --emit, a stage of the kernel.
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"
#include "Commands.h"
#include "Npy.h"
#include "Operands.h"
#include "Options.h"
#include "Report.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace actin::tool {
namespace {

using nlohmann::ordered_json;

struct RunOptions : CommonOptions {
  BindingFlags flags;
  std::string out;
  std::string dout;
  int64_t channelAxis = 1;
};

/// A result and where it goes.
struct Result {
  std::string name;
  std::string path;
  NpyArray array;
};

class RunCommand {
public:
  explicit RunCommand(const RunOptions &options)
      : options(options), loaded(loadActivation(options.source)) {
    stopwatch.skip();
    stopwatch.append({{"parse", loaded.parseNanos}});
  }

  void run() {
    bindings = bind(options.flags, loaded.activation, !options.emit.empty());
    withSource(loaded, [&] { runBound(); });
  }

private:
  void runBound();
  bool hasInputs() const { return !options.flags.inputs.empty(); }
  KernelOutputs getOutputs() const;
  void checkFlags() const;
  void emit();
  void compile(DataType type);
  void runArrays();
  void allocateResults(const Operands &operands);
  KernelArguments getArguments(Operands &operands);
  void report();
  bool usesStandardOutput() const;

  const RunOptions &options;
  LoadedActivation loaded;
  Bindings bindings;
  Stopwatch stopwatch;
  Compiler compiler;
  Kernel kernel;
  DataType type = DataType::F32;
  std::vector<Result> results; ///< Value, gradients, second derivatives.
};

KernelOutputs RunCommand::getOutputs() const {
  KernelOutputs outputs;
  for (const Binding &binding : bindings.gradients)
    outputs.gradients.push_back(binding.name);
  for (const Binding &binding : bindings.seconds)
    outputs.seconds.push_back(binding.name);
  outputs.forward = !options.out.empty() ||
                    (outputs.gradients.empty() && outputs.seconds.empty());
  return outputs;
}

void RunCommand::checkFlags() const {
  bool hasOutputs = !options.out.empty() || !bindings.gradients.empty() ||
                    !bindings.seconds.empty();
  if (hasInputs() && !hasOutputs)
    failUsage("nothing to compute", "name an output: --out y.npy, --grad " +
                                        loaded.activation.getInputs().front() +
                                        "=dx.npy or "
                                        "--second " +
                                        loaded.activation.getInputs().front() +
                                        "=d2x.npy");
  if (!hasInputs() && options.emit.empty() && !(options.time && !hasOutputs))
    failUsage("no input arrays", "give them with --in " +
                                     loaded.activation.getInputs().front() +
                                     "=FILE.npy");
  if (!options.dout.empty() && bindings.gradients.empty())
    failUsage("--dout needs a --grad that uses it");
}

void RunCommand::runBound() {
  checkFlags();
  if (!options.emit.empty())
    return emit();
  if (hasInputs())
    runArrays();
  else
    compile(getDataType(options).value_or(DataType::F32));
  report();
}

void RunCommand::emit() {
  DataType elementType = getDataType(options).value_or(DataType::F32);
  stopwatch.skip();
  std::string text = unwrap(compiler.emit(
      loaded.activation, getOutputs(), getCompileOptions(options, elementType),
      getEmitKind(options)));
  stopwatch.lap("emit " + options.emit);
  printText(text);
  if (options.time)
    printTimes(stopwatch.getTimes(), stderr);
}

void RunCommand::compile(DataType elementType) {
  type = elementType;
  StageTimes stages;
  kernel = unwrap(compiler.compile(loaded.activation, getOutputs(),
                                   getCompileOptions(options, type), &stages));
  stopwatch.append(stages);
}

void RunCommand::runArrays() {
  stopwatch.skip();
  Operands operands =
      readOperands(loaded.activation, bindings, options.dout,
                   !bindings.gradients.empty(), getDataType(options));
  stopwatch.lap("read");
  compile(operands.type);
  allocateResults(operands);
  KernelArguments arguments = getArguments(operands);
  stopwatch.lap("allocate");
  unwrap(kernel.run(arguments, options.numThreads));
  stopwatch.lap("run");
  for (const Result &result : results)
    unwrap(writeNpy(result.path, result.array));
  stopwatch.lap("write");
}

void RunCommand::allocateResults(const Operands &operands) {
  const std::vector<int64_t> &shape = operands.inputs.front().shape;
  if (!options.out.empty())
    results.push_back({"out", options.out, makeArray(type, shape)});
  for (const Binding &binding : bindings.gradients) {
    const Parameter *parameter = findParameter(loaded.activation, binding.name);
    NpyArray array =
        !parameter ? makeArray(type, shape)
                   : makeArray(getComputeType(type),
                               {parameter->perChannel
                                    ? countChannels(shape, options.channelAxis)
                                    : 1});
    results.push_back({binding.name, binding.value, std::move(array)});
  }
  for (const Binding &binding : bindings.seconds)
    results.push_back({binding.name, binding.value, makeArray(type, shape)});
}

KernelArguments RunCommand::getArguments(Operands &operands) {
  KernelArguments arguments;
  for (NpyArray &input : operands.inputs)
    arguments.inputs.push_back(input.view());
  for (std::optional<NpyArray> &parameter : operands.parameters)
    arguments.parameters.push_back(parameter ? parameter->view()
                                             : TensorView{});
  if (operands.dout)
    arguments.dout = operands.dout->view();
  size_t next = 0;
  if (!options.out.empty())
    arguments.out = results[next++].array.view();
  for (size_t i = 0; i < bindings.gradients.size(); ++i)
    arguments.gradients.push_back(results[next++].array.view());
  for (size_t i = 0; i < bindings.seconds.size(); ++i)
    arguments.seconds.push_back(results[next++].array.view());
  arguments.channelAxis = options.channelAxis;
  if (arguments.channelAxis < 0) // From the end, as in NumPy.
    arguments.channelAxis +=
        static_cast<int64_t>(operands.inputs.front().shape.size());
  return arguments;
}

bool RunCommand::usesStandardOutput() const {
  for (const Result &result : results)
    if (result.path == "-")
      return true;
  return false;
}

void RunCommand::report() {
  if (options.json && !usesStandardOutput()) {
    ordered_json files = ordered_json::array();
    for (const Result &result : results)
      files.push_back({{"name", result.name},
                       {"path", result.path},
                       {"dtype", getTypeName(result.array.type)},
                       {"shape", result.array.shape}});
    ordered_json value = {{"activation", loaded.activation.getName()},
                          {"dtype", getTypeName(type)},
                          {"target", options.target},
                          {"code_bytes", kernel.getCodeSizeBytes()},
                          {"outputs", files}};
    if (options.time)
      value["times"] = toJson(stopwatch.getTimes());
    printJson(value);
  } else if (options.time) {
    printTimes(stopwatch.getTimes(), usesStandardOutput() ? stderr : stdout);
  }
}

void addArrayOptions(CLI::App &command, RunOptions &options) {
  auto addList = [&](const char *name, std::vector<std::string> &values,
                     const char *help) {
    command.add_option(name, values, help)->allow_extra_args(false);
  };
  addList("--in", options.flags.inputs, "NAME=FILE.npy: an input ('-': stdin)");
  addList("--param", options.flags.parameters,
          "NAME=NUMBER or NAME=FILE.npy: a parameter (default: its own)");
  command
      .add_option("--channel-axis", options.channelAxis,
                  "The axis of [channel] parameters")
      ->capture_default_str();
  command.add_option("--out", options.out, "FILE.npy: the value ('-': stdout)");
  command.add_option("--dout", options.dout,
                     "FILE.npy: the gradient of the value (default: ones)");
  addList("--grad", options.flags.gradients,
          "NAME=FILE.npy: the gradient of an input or a parameter");
  addList("--second", options.flags.seconds,
          "NAME=FILE.npy: the second derivative by an input, elementwise");
}

} // namespace

void addRunCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("run", "Evaluate a formula and its gradients");
  auto options = std::make_shared<RunOptions>();
  addSourceOptions(*command, *options);
  addArrayOptions(*command, *options);
  addCompileOptions(*command, *options);
  addEmitOption(*command, *options);
  addThreadsOption(*command, *options);
  addReportOptions(*command, *options);
  command->callback([options] { RunCommand(*options).run(); });
}

} // namespace actin::tool
