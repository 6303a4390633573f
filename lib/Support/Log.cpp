//===- Log.cpp - Messages to the host -------------------------------------===//

#include "Support/Log.h"

#include "Support/Environment.h"

#include <cstdio>
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

bool isLogged(std::string_view topic) {
  LogState &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  return state.callback || isVerbose(topic);
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
