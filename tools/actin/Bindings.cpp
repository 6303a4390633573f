//===- Bindings.cpp - NAME=VALUE flags against a signature ----------------===//

#include "Bindings.h"

#include "Source.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>

namespace actin::tool {
namespace {

std::vector<Binding> split(const std::vector<std::string> &flags,
                           const std::string &flagName, bool allowBareNames) {
  std::vector<Binding> bindings;
  for (const std::string &flag : flags) {
    size_t equals = flag.find('=');
    bool isBare = equals == std::string::npos;
    Binding binding{flag.substr(0, equals),
                    isBare ? "" : flag.substr(equals + 1)};
    if (binding.name.empty() || (binding.value.empty() && !allowBareNames))
      failUsage(flagName + " takes NAME=VALUE, not '" + flag + "'");
    for (const Binding &other : bindings)
      if (other.name == binding.name)
        failUsage(flagName + " " + binding.name + " is given twice");
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

/// The number of `name` in `names`; throws with a suggestion if it is none.
size_t lookUp(const std::string &name, const std::vector<std::string> &names,
              const std::string &what, const Activation &activation) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end())
    return static_cast<size_t>(found - names.begin());
  std::string hint = suggest(name, names);
  if (hint.empty())
    hint = names.empty() ? "it has none" : "it has: " + join(names);
  failUsage("'" + activation.getName() + "' has no " + what + " '" + name + "'",
            hint);
}

std::vector<std::string> bindInputs(const std::vector<Binding> &bindings,
                                    const Activation &activation) {
  const std::vector<std::string> &names = activation.getInputs();
  std::vector<std::string> paths(names.size());
  for (const Binding &binding : bindings)
    paths[lookUp(binding.name, names, "input", activation)] = binding.value;
  for (size_t i = 0; i < names.size() && !bindings.empty(); ++i)
    if (paths[i].empty())
      failUsage("the input '" + names[i] + "' has no array",
                "give it with --in " + names[i] + "=FILE.npy");
  return paths;
}

std::vector<std::string> bindParameters(const std::vector<Binding> &bindings,
                                        const Activation &activation,
                                        bool isRun) {
  std::vector<std::string> names;
  for (const Parameter &parameter : activation.getParameters())
    names.push_back(parameter.name);
  std::vector<std::string> values(names.size());
  for (const Binding &binding : bindings)
    values[lookUp(binding.name, names, "parameter", activation)] =
        binding.value;
  for (size_t i = 0; i < names.size() && isRun; ++i)
    if (values[i].empty() && !activation.getParameters()[i].defaultValue)
      failUsage("the parameter '" + names[i] + "' has no value and no default",
                "give it with --param " + names[i] + "=1.5 or =FILE.npy");
  return values;
}

void checkNames(const std::vector<Binding> &bindings,
                const std::vector<std::string> &names, const std::string &what,
                const Activation &activation) {
  for (const Binding &binding : bindings)
    lookUp(binding.name, names, what, activation);
}

} // namespace

Bindings bind(const BindingFlags &flags, const Activation &activation,
              bool allowBareNames) {
  Bindings result;
  std::vector<Binding> inputs = split(flags.inputs, "--in", false);
  result.inputs = bindInputs(inputs, activation);
  result.parameters = bindParameters(split(flags.parameters, "--param", false),
                                     activation, !inputs.empty());
  result.gradients = split(flags.gradients, "--grad", allowBareNames);
  result.seconds = split(flags.seconds, "--second", allowBareNames);
  std::vector<std::string> names = activation.getInputs();
  checkNames(result.seconds, names, "input", activation);
  for (const Parameter &parameter : activation.getParameters())
    names.push_back(parameter.name);
  checkNames(result.gradients, names, "input or parameter", activation);
  return result;
}

std::vector<double> bindNumbers(const std::vector<std::string> &flags,
                                const Activation &activation) {
  std::vector<std::string> values =
      bindParameters(split(flags, "--param", false), activation, true);
  std::vector<double> numbers;
  for (size_t i = 0; i < values.size(); ++i) {
    const Parameter &parameter = activation.getParameters()[i];
    double number = parameter.defaultValue.value_or(0);
    if (!values[i].empty() && (llvm::StringRef(values[i]).getAsDouble(number) ||
                               !std::isfinite(number)))
      failUsage("--param " + parameter.name + " takes a finite number, not '" +
                values[i] + "'");
    numbers.push_back(number);
  }
  return numbers;
}

} // namespace actin::tool
