//===- Environment.cpp - What the user of a process asks for --------------===//

#include "Support/Environment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sched.h>

namespace actin {

std::string getEnvironment(const char *variable) {
  const char *value = secure_getenv(variable);
  return value ? value : "";
}

bool isVerbose(std::string_view topic) {
  std::string value = getEnvironment("ACTIN_VERBOSE");
  std::string_view topics = value;
  while (!topics.empty()) {
    size_t comma = std::min(topics.find(','), topics.size());
    std::string_view wanted = topics.substr(0, comma);
    if (wanted == topic || wanted == "all")
      return true;
    topics.remove_prefix(std::min(comma + 1, topics.size()));
  }
  return false;
}

int getDefaultNumThreads() {
  std::string text = getEnvironment("ACTIN_NUM_THREADS");
  int value = 0;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
      value > 0)
    return value;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    return 1;
  return std::max(CPU_COUNT(&allowed), 1);
}

} // namespace actin
