//===- FrontendFuzzer.cpp - Any text through the whole front end ----------===//
//
// In: bytes. Parses and renders; where the text is right, its print must read
// back and print as itself. A difference traps.
//
//===----------------------------------------------------------------------===//

#include "actin/Module.h"

using namespace actin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view source(reinterpret_cast<const char *>(data), size);
  Expected<Module> module = parseModule(source);
  if (!module) {
    // A failure says why.
    if (render(module.error(), source, "fuzz").empty())
      __builtin_trap();
    return 0;
  }
  for (const Activation &activation : module->getActivations()) {
    std::string text = activation.print();
    // What was expanded in place may be longer than a text may be.
    if (text.size() > (1 << 20))
      continue;
    Expected<Module> again = parseModule(text);
    if (!again || again->getActivations().front().print() != text)
      __builtin_trap();
  }
  return 0;
}
