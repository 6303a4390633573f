//===- Log.cpp - Messages to the host -------------------------------------===//

#include "Support/Log.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

namespace actin {

namespace {
/// Never destroyed: threads may log while the process ends.
struct LogState {
  std::mutex mutex;
  LogCallback callback;
};
} // namespace

static LogState &getState() {
  static LogState &state = *new LogState();
  return state;
}

void setLogCallback(LogCallback callback) {
  LogState &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.callback.swap(callback);
}

/// Whether ACTIN_VERBOSE names `topic`.
static bool isVerbose(std::string_view topic) {
  const char *variable = std::getenv("ACTIN_VERBOSE");
  std::string_view topics = variable ? variable : "";
  while (!topics.empty()) {
    size_t comma = std::min(topics.find(','), topics.size());
    std::string_view wanted = topics.substr(0, comma);
    if (wanted == topic || wanted == "all")
      return true;
    topics.remove_prefix(std::min(comma + 1, topics.size()));
  }
  return false;
}

void log(LogLevel level, std::string_view topic, std::string_view message) {
  LogState &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  if (state.callback)
    state.callback(level, topic, message);
  if (!isVerbose(topic))
    return;
  std::string line = "actin: " + std::string(topic) + ": " +
                     (level == LogLevel::Warning ? "warning: " : "") +
                     std::string(message) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace actin
