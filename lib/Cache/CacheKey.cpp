//===- CacheKey.cpp - What makes two kernels the same ---------------------===//

#include "Cache/CacheKey.h"

#include "Support/Version.h"

#include "llvm/Config/llvm-config.h"

namespace actin {

/// Lengths make the text unambiguous whatever the values hold.
static void append(std::string &text, const char *name,
                   const std::string &value) {
  text += std::string(name) + "[" + std::to_string(value.size()) +
          "]=" + value + "\n";
}

std::string CacheKey::toString() const {
  std::string text;
  append(text, "actin", std::string(getBuildVersion()));
  append(text, "llvm", LLVM_VERSION_STRING);
  append(text, "formula", formula);
  append(text, "forward", outputs.forward ? "1" : "0");
  for (const std::string &name : outputs.gradients)
    append(text, "gradient", name);
  for (const std::string &name : outputs.seconds)
    append(text, "second", name);
  append(text, "type", std::to_string(unsigned(type)));
  append(text, "space", std::to_string(unsigned(space)));
  append(text, "streaming", streaming ? "1" : "0");
  append(text, "triple", triple);
  append(text, "cpu", cpu);
  append(text, "features", features);
  append(text, "math", std::to_string(unsigned(math)));
  append(text, "stabilize", std::to_string(unsigned(stabilize)));
  return text;
}

} // namespace actin
