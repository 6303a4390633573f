//===- CHeader.cpp - The C header of a compiled kernel --------------------===//
//
// The struct mirrors KernelCall of lib/Lowering/KernelLoops.h, which is the
// binary interface of every kernel.
//
//===----------------------------------------------------------------------===//

#include "CHeader.h"

#include <algorithm>
#include <vector>

namespace actin::tool {
namespace {

const char *const callStruct = R"(#ifndef ACTIN_KERNEL_CALL
#define ACTIN_KERNEL_CALL
#if defined(__cplusplus) || \
    (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L)
#define ACTIN_INLINE static inline
#elif defined(__GNUC__)
#define ACTIN_INLINE static __inline__
#else
#define ACTIN_INLINE static
#endif
/* One call of a kernel on contiguous arrays; `long` has 64 bits. */
struct actin_kernel_call {
  const void *const *inputs;     /* arrays in order, then dout if used */
  const void *const *parameters; /* each points to one value */
  void *const *outputs;          /* elementwise results, in order */
  double *partials;              /* one double a parameter gradient */
  long outer, channels, inner;   /* 1, 1, elements */
  long outer_block, channel_block, inner_block; /* 1, 1, elements a tile */
  long channel_tiles, inner_tiles;              /* 1, number of tiles */
};
#endif
)";

class HeaderWriter {
public:
  explicit HeaderWriter(const HeaderSpec &spec) : spec(spec) { collect(); }
  std::string write();

private:
  void collect();
  std::string formulaComment() const;
  std::string signature() const;
  std::string body() const;
  std::string loop() const;

  const char *elementType() const {
    return spec.type == DataType::F64   ? "double"
           : spec.type == DataType::F32 ? "float"
                                        : "unsigned short";
  }
  const char *computeType() const {
    return spec.type == DataType::F64 ? "double" : "float";
  }

  const HeaderSpec &spec;
  std::vector<std::string> inputs;     ///< Arrays that are read.
  std::vector<std::string> parameters; ///< Scalars.
  std::vector<std::string> outputs;    ///< Arrays that are written.
  std::vector<std::string> sums;       ///< Parameter gradients.
};

/// Names carry a prefix by kind, so that no formula's name can be a C keyword
/// or meet another's.
void HeaderWriter::collect() {
  const std::vector<std::string> &names = spec.activation.getInputs();
  for (const std::string &name : names)
    inputs.push_back("in_" + name);
  if (!spec.outputs.gradients.empty())
    inputs.push_back("dout");
  for (const Parameter &parameter : spec.activation.getParameters())
    parameters.push_back("param_" + parameter.name);
  if (spec.outputs.forward)
    outputs.push_back("out");
  for (const std::string &name : spec.outputs.gradients) {
    bool isInput = std::find(names.begin(), names.end(), name) != names.end();
    (isInput ? outputs : sums).push_back("grad_" + name);
  }
}

std::string HeaderWriter::formulaComment() const {
  std::string text = "/*\n * Made by actinc for " + spec.target + ".\n *\n * ";
  for (char c : spec.activation.print())
    text += c == '\n' ? std::string("\n * ") : std::string(1, c);
  // `x**/y` cannot be written in the language, but nothing may end the comment.
  for (size_t at = 3; (at = text.find("*/", at)) != std::string::npos;)
    text.insert(at + 1, " ");
  return text + "\n */\n";
}

std::string HeaderWriter::signature() const {
  std::string element = elementType(), compute = computeType();
  std::string text = "ACTIN_INLINE void " + spec.function + "(";
  for (const std::string &name : inputs)
    text += "const " + element + " *" + name + ", ";
  for (const std::string &name : parameters)
    text += compute + " " + name + ", ";
  for (const std::string &name : outputs)
    text += element + " *" + name + ", ";
  for (const std::string &name : sums)
    text += compute + " *" + name + ", ";
  return text + "long n)";
}

std::string HeaderWriter::loop() const {
  std::string text = "  for (begin = 0; begin < n; begin += block) {\n"
                     "    long size = n - begin < block ? n - begin : block;\n";
  auto add = [&](const char *array, const std::vector<std::string> &names) {
    for (size_t i = 0; i < names.size(); ++i)
      text += std::string("    ") + array + "[" + std::to_string(i) +
              "] = " + names[i] + " + begin;\n";
  };
  add("inputs", inputs);
  add("outputs", outputs);
  text += "    call.inner = size;\n    call.inner_block = size;\n    " +
          spec.function + "_kernel(&call, 0, 1);\n";
  for (size_t i = 0; i < sums.size(); ++i)
    text += "    sums[" + std::to_string(i) + "] += partials[" +
            std::to_string(i) + "];\n";
  return text + "  }\n";
}

std::string HeaderWriter::body() const {
  auto count = [](const std::vector<std::string> &names) {
    return std::to_string(std::max<size_t>(names.size(), 1));
  };
  std::string text = " {\n  const long block = 8192;\n  long begin;\n"
                     "  const void *inputs[" +
                     count(inputs) + "];\n  const void *parameters[" +
                     count(parameters) + "];\n  void *outputs[" +
                     count(outputs) + "];\n  double partials[" + count(sums) +
                     "];\n";
  if (!sums.empty())
    text += "  double sums[" + count(sums) + "] = {0};\n";
  text += "  struct actin_kernel_call call;\n  parameters[0] = 0;\n"
          "  outputs[0] = 0;\n";
  for (size_t i = 0; i < parameters.size(); ++i)
    text +=
        "  parameters[" + std::to_string(i) + "] = &" + parameters[i] + ";\n";
  text += "  call.inputs = inputs;\n  call.parameters = parameters;\n"
          "  call.outputs = outputs;\n  call.partials = partials;\n"
          "  call.outer = 1;\n  call.channels = 1;\n  call.outer_block = 1;\n"
          "  call.channel_block = 1;\n  call.channel_tiles = 1;\n"
          "  call.inner_tiles = 1;\n" +
          loop();
  for (size_t i = 0; i < sums.size(); ++i)
    text += "  *" + sums[i] + " = (" + computeType() + ")sums[" +
            std::to_string(i) + "];\n";
  return text + "}\n";
}

std::string HeaderWriter::write() {
  std::string guard = "ACTIN_" + spec.function + "_H";
  return formulaComment() + "#ifndef " + guard + "\n#define " + guard +
         "\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n" + callStruct +
         "\n/* Runs the tiles [tile_begin, tile_end). Thread-safe. */\nvoid " +
         spec.function +
         "_kernel(const struct actin_kernel_call *call, long tile_begin,\n"
         "    long tile_end);\n\n"
         "/* n elements an array, contiguous, of any alignment that suits the\n"
         " * type. An output may be the very array of an input; other "
         "overlaps\n"
         " * are not allowed. Parameters are one value each; their gradients\n"
         " * are sums over all elements. Thread-safe. */\n" +
         signature() + body() + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

} // namespace

std::string makeHeader(const HeaderSpec &spec) {
  return HeaderWriter(spec).write();
}

} // namespace actin::tool
