//===- Source.cpp - The formula named on the command line -----------------===//

#include "Source.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace fs = std::filesystem;

namespace actin::tool {
namespace {

/// One byte more than the parser takes, so that it sees that there is too much.
constexpr size_t maxSourceBytes = (size_t(1) << 20) + 1;

std::string readText(std::FILE *file, const std::string &name) {
  std::string text(maxSourceBytes, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  if (std::ferror(file))
    failInput("cannot read '" + name + "': " + std::strerror(errno));
  return text;
}

std::string readFile(const std::string &path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(
      std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file)
    failInput("cannot read '" + path + "': " + std::strerror(errno));
  return readText(file.get(), path);
}

bool isFile(const std::string &path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// A text, its name in messages, and the activation wanted (empty: the only
/// one).
struct Text {
  std::string text;
  std::string fileName;
  std::string name;
};

/// FILE[:NAME] split; the whole wins if it is a file itself. `file` is empty if
/// there is none.
std::pair<std::string, std::string> splitFormula(const std::string &formula) {
  if (formula == "-")
    return {std::string(standardInputName), ""};
  if (isFile(formula))
    return {formula, ""};
  size_t colon = formula.rfind(':');
  if (colon == std::string::npos)
    return {"", formula};
  std::string file = formula.substr(0, colon);
  if (file != standardInputName && !isFile(file))
    failInput("there is no file '" + file + "'");
  return {std::move(file), formula.substr(colon + 1)};
}

std::vector<LoadedActivation> loadFromLibrary(const std::string &name) {
  const Module &library = getStandardLibrary();
  if (const Activation *found = library.find(name))
    return {{*found, "", name, 0}};
  if (name.find_first_of("/.") != std::string::npos)
    failInput("there is no file '" + name + "'");
  std::vector<std::string> names;
  for (const Activation &activation : library.getActivations())
    names.push_back(activation.getName());
  std::string hint = suggest(name, names);
  failInput("there is no file, and no activation of the standard library, "
            "called '" +
                name + "'",
            hint.empty() ? "'actin list' shows the standard library" : hint);
}

std::vector<Activation> select(const Module &module, const Text &text) {
  std::vector<std::string> names;
  for (const Activation &activation : module.getActivations())
    names.push_back(activation.getName());
  if (names.empty())
    failInput("'" + text.fileName + "' declares no activation");
  if (text.name.empty())
    return module.getActivations();
  if (const Activation *found = module.find(text.name))
    return {*found};
  std::string hint = suggest(text.name, names);
  failInput("'" + text.fileName + "' has no activation '" + text.name + "'",
            hint.empty() ? "it has: " + join(names) : hint);
}

std::vector<LoadedActivation> parse(const Text &text) {
  auto start = std::chrono::steady_clock::now();
  Expected<Module> module = parseModule(text.text);
  auto end = std::chrono::steady_clock::now();
  if (!module)
    throw ToolError{ExitStatus::BadInput, std::move(module.error()), text.text,
                    text.fileName};
  int64_t nanos =
      std::chrono::duration_cast<std::chrono::nanoseconds>(end - start).count();
  std::vector<LoadedActivation> loaded;
  for (Activation &activation : select(*module, text))
    loaded.push_back({std::move(activation), text.text, text.fileName, nanos});
  return loaded;
}

} // namespace

std::vector<LoadedActivation> loadActivations(const SourceSpec &spec) {
  if (!spec.expression.empty()) {
    size_t skip = spec.formula.starts_with(':') ? 1 : 0;
    return parse({spec.expression, "<expression>", spec.formula.substr(skip)});
  }
  if (spec.formula.empty())
    failUsage("no formula: give FILE[:NAME], '-', the name of a standard "
              "activation, or -e TEXT");
  auto [file, name] = splitFormula(spec.formula);
  if (file.empty())
    return loadFromLibrary(name);
  std::string text =
      file == standardInputName ? readText(stdin, file) : readFile(file);
  return parse({std::move(text), std::move(file), std::move(name)});
}

LoadedActivation loadActivation(const SourceSpec &spec) {
  std::vector<LoadedActivation> loaded = loadActivations(spec);
  if (loaded.size() == 1)
    return std::move(loaded.front());
  std::vector<std::string> names;
  for (const LoadedActivation &one : loaded)
    names.push_back(one.activation.getName());
  const std::string &file = loaded.front().fileName;
  failUsage("'" + file + "' holds several activations: " + join(names),
            "choose one with FILE:NAME, for example '" + file + ":" +
                names.front() + "'");
}

/// Whether `first` begins like `name` for longer than `second` does.
static bool sharesMore(std::string_view name, std::string_view first,
                       std::string_view second) {
  auto countShared = [&](std::string_view other) {
    auto ends =
        std::mismatch(name.begin(), name.end(), other.begin(), other.end());
    return ends.first - name.begin();
  };
  return countShared(first) > countShared(second);
}

std::string suggest(std::string_view name,
                    const std::vector<std::string> &candidates) {
  if (name.empty())
    return "";
  llvm::StringRef wanted(name);
  // A third of the letters may differ, but never all of them.
  size_t limit = std::min(wanted.size() / 3 + 1, wanted.size() - 1);
  unsigned best = static_cast<unsigned>(limit);
  const std::string *nearest = nullptr;
  for (const std::string &candidate : candidates) {
    unsigned distance = wanted.edit_distance(candidate, true, best);
    if (distance > best ||
        (nearest && distance == best && !sharesMore(name, candidate, *nearest)))
      continue;
    best = distance;
    nearest = &candidate;
  }
  return nearest ? "did you mean '" + *nearest + "'?" : "";
}

std::string join(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

} // namespace actin::tool
