//===- CHeader.cpp - The C header of an object ----------------------------===//
//
// One declaration a function; the order of the arguments is that of
// Compiler::emitObject. Names carry a prefix by kind, so that no name of a
// formula can be a C keyword or meet another's.
//
//===----------------------------------------------------------------------===//

#include "CHeader.h"

#include "Options.h"
#include "Source.h"

#include <algorithm>

namespace actin::tool {
namespace {

/// One argument of a function.
struct Argument {
  std::string type; ///< With the space or star before the name.
  std::string name;
  std::string shape; ///< "[n]"; empty for a scalar.
  std::string comment;
};

/// Breaks lines at spaces, to `width` columns, each after `prefix`.
std::string wrap(const std::string &text, const std::string &prefix,
                 size_t width = 80) {
  std::string result = prefix;
  size_t column = prefix.size();
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    size_t length = end - at;
    if (at != 0 && column + 1 + length > width) {
      result += "\n" + prefix;
      column = prefix.size();
    } else if (at != 0) {
      result += ' ';
      ++column;
    }
    result.append(text, at, length);
    column += length;
    at = end + 1;
  }
  return result + "\n";
}

/// What ends or opens a comment is taken apart.
std::string inComment(std::string text) {
  for (const char *mark : {"*/", "/*"})
    for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
      text.insert(at + 1, " ");
  return text;
}

class FunctionWriter {
public:
  FunctionWriter(const HeaderFunction &declared, const ObjectOptions &options)
      : function(declared.function), isStandard(declared.isStandard),
        options(options) {
    hasChannels = std::any_of(
        function.activation.getParameters().begin(),
        function.activation.getParameters().end(),
        [](const Parameter &parameter) { return parameter.perChannel; });
    addArguments();
  }

  std::string write() const;

private:
  DataType type() const { return options.compile.type; }
  std::string elementType() const {
    return type() == DataType::F64   ? "double"
           : type() == DataType::F32 ? "float"
                                     : "unsigned short";
  }
  std::string computeType() const {
    return type() == DataType::F64 ? "double" : "float";
  }
  std::string shape() const {
    return hasChannels ? "[outer][channels][inner]" : "[n]";
  }
  void addRead(std::string name, std::string comment) {
    arguments.push_back({"const " + elementType() + " *", std::move(name),
                         shape(), std::move(comment)});
  }
  void addWritten(std::string name, std::string comment) {
    arguments.push_back(
        {elementType() + " *", std::move(name), shape(), std::move(comment)});
  }
  void addArguments();
  void addParameter(const Parameter &parameter);
  void addGradients();
  std::string accuracy() const;

  const ObjectFunction &function;
  bool isStandard;
  const ObjectOptions &options;
  bool hasChannels = false;
  std::vector<Argument> arguments;
};

void FunctionWriter::addParameter(const Parameter &parameter) {
  bool isArray = parameter.perChannel;
  arguments.push_back(
      {(isArray ? "const " : "") + computeType() + (isArray ? " *" : " "),
       "param_" + parameter.name, isArray ? "[channels]" : "",
       "the parameter " + parameter.name});
}

void FunctionWriter::addGradients() {
  const Activation &activation = function.activation;
  std::vector<Argument> sums;
  for (const std::string &name : function.outputs.gradients) {
    auto parameter = std::find_if(
        activation.getParameters().begin(), activation.getParameters().end(),
        [&](const Parameter &candidate) { return candidate.name == name; });
    std::string derivative = "dout times the derivative by " + name;
    if (parameter == activation.getParameters().end())
      addWritten("grad_" + name, derivative);
    else
      sums.push_back(
          {computeType() + " *", "grad_" + name,
           parameter->perChannel ? "[channels]" : "[1]",
           "the sum " +
               std::string(parameter->perChannel ? "over a channel " : "") +
               "of " + derivative});
  }
  arguments.insert(arguments.end(), sums.begin(), sums.end());
}

void FunctionWriter::addArguments() {
  for (const std::string &name : function.activation.getInputs())
    addRead("in_" + name, "the input " + name);
  if (!function.outputs.gradients.empty())
    addRead("dout", "the gradient of the result");
  for (const Parameter &parameter : function.activation.getParameters())
    addParameter(parameter);
  if (function.outputs.forward)
    addWritten("out", "the result");
  addGradients();
  if (!hasChannels) {
    arguments.push_back({"size_t ", "n", "", "elements of each array"});
    return;
  }
  arguments.push_back({"size_t ", "outer", "", "rows of channels"});
  arguments.push_back({"size_t ", "channels", "", "channels of a row"});
  arguments.push_back(
      {"size_t ", "inner", "", "elements of a channel of a row"});
}

std::string FunctionWriter::accuracy() const {
  bool isNarrow = type() == DataType::F16 || type() == DataType::BF16;
  std::string absolute = type() == DataType::F64 ? "2^-53" : "2^-24";
  if (options.compile.math == MathMode::Fast)
    return "Meant to err by at most 4 ulp, or 2^-23 absolute.";
  if (isNarrow)
    return "Meant to err by at most 0.51 ulp" +
           std::string(isStandard ? ""
                                  : " where the formula is well "
                                    "conditioned") +
           "; next to the root of a gradient at most " +
           (type() == DataType::F16 ? "2^-12" : "2^-9") + " absolute.";
  if (isStandard)
    return "Meant to err by at most 2 ulp; next to the root of a gradient at "
           "most " +
           absolute + " absolute.";
  return "Meant to err by at most 4 ulp; where the formula is ill-conditioned, "
         "4 x " +
         absolute + " x (|y| + |x f'(x)|).";
}

std::string FunctionWriter::write() const {
  std::string text = "/*\n";
  std::string formula = inComment(function.activation.print());
  while (!formula.empty() && formula.back() == '\n')
    formula.pop_back();
  text += " * ";
  for (char c : formula)
    text += c == '\n' ? std::string("\n * ") : std::string(1, c);
  text += "\n *\n";
  for (const Argument &argument : arguments)
    text += wrap(argument.name + argument.shape + ": " + argument.comment + ".",
                 " *   ");
  text += " *\n" + wrap(accuracy(), " * ") + " */\n";
  std::string declaration = "void " + function.symbol + "(";
  for (size_t i = 0; i != arguments.size(); ++i)
    declaration += (i ? ", " : "") + arguments[i].type + arguments[i].name;
  declaration += ");";
  size_t open = declaration.find('(') + 1;
  return text + declaration.substr(0, open) + "\n" +
         wrap(declaration.substr(open), "    ");
}

std::string describeElements(DataType type) {
  switch (type) {
  case DataType::F16:
    return "Elements are IEEE binary16, as the bits of an unsigned short; they "
           "are computed with in float and rounded once. ";
  case DataType::BF16:
    return "Elements are bfloat16, as the bits of an unsigned short; they are "
           "computed with in float and rounded once. ";
  case DataType::F32:
  case DataType::F64:
    break;
  }
  return "";
}

} // namespace

std::string makeHeader(const std::vector<HeaderFunction> &functions,
                       const ObjectOptions &options) {
  std::string guard = "ACTIN_" + functions.front().function.symbol + "_H";
  std::string text =
      "/*\n" +
      wrap("Made by actinc for " + inComment(join(options.targets)) + ".",
           " * ") +
      " *\n" +
      wrap("Arrays are contiguous, in row-major order, and "
           "aligned to their elements. " +
               describeElements(options.compile.type) +
               "An array that is written may be the very one of "
               "an input; other overlaps are not allowed. "
               "Where there are no elements, pointers may be "
               "null.",
           " * ") +
      " *\n" +
      wrap("The functions call nothing outside of their object "
           "file, allocate nothing and may be called from any "
           "number of threads.",
           " * ") +
      " */\n#ifndef " + guard + "\n#define " + guard +
      "\n\n#include <stddef.h>\n\n#ifdef __cplusplus\n"
      "extern \"C\" {\n#endif\n";
  for (const HeaderFunction &function : functions)
    text += "\n" + FunctionWriter(function, options).write();
  return text + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

} // namespace actin::tool
