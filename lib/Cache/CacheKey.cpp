//===- CacheKey.cpp - What makes two kernels the same ---------------------===//

#include "Cache/CacheKey.h"

#include "Support/Version.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"

#include <charconv>

namespace actin {

static const char *getSpaceName(IterationSpace space) {
  switch (space) {
  case IterationSpace::Flat:
    return "flat";
  case IterationSpace::Rows:
    return "rows";
  case IterationSpace::Lanes:
    return "lanes";
  }
  return "unknown";
}

CacheKeyFields CacheKey::getFields() const {
  CacheKeyFields fields = {{"actin", std::string(getBuildVersion())},
                           {"llvm", LLVM_VERSION_STRING},
                           {"formula", formula},
                           {"forward", outputs.forward ? "yes" : "no"}};
  for (const std::string &name : outputs.gradients)
    fields.emplace_back("gradient", name);
  for (const std::string &name : outputs.seconds)
    fields.emplace_back("second", name);
  fields.insert(
      fields.end(),
      {{"type", getTypeName(type)},
       {"space", getSpaceName(space)},
       {"streaming", streaming ? "yes" : "no"},
       {"triple", triple},
       {"cpu", cpu},
       {"features", features},
       {"required", llvm::join(required, ",")},
       {"math", math == MathMode::Accurate ? "accurate" : "fast"},
       {"stabilize", stabilize == StabilizeMode::Auto ? "auto" : "off"}});
  return fields;
}

/// Lengths make the text unambiguous whatever the values hold.
std::string CacheKey::toString() const {
  std::string text;
  for (const auto &[name, value] : getFields())
    text += name + "[" + std::to_string(value.size()) + "]=" + value + "\n";
  return text;
}

std::optional<CacheKeyFields> CacheKey::parseFields(std::string_view text) {
  CacheKeyFields fields;
  while (!text.empty()) {
    size_t bracket = text.find('['), size = 0;
    if (bracket == std::string_view::npos)
      return std::nullopt;
    std::string name(text.substr(0, bracket));
    text.remove_prefix(bracket + 1);
    auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), size);
    text.remove_prefix(end - text.data());
    if (error != std::errc() || !text.starts_with("]=") ||
        size >= text.size() - 2 || text[size + 2] != '\n')
      return std::nullopt;
    fields.emplace_back(std::move(name), text.substr(2, size));
    text.remove_prefix(size + 3);
  }
  return fields;
}

} // namespace actin
