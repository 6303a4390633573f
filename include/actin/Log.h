//===- Log.h - What the library has to say ----------------------*- C++ -*-===//
//
// The library prints nothing of itself. What is worth knowing beside the result
// of a call (the disk cache is not used, and why) goes to a callback of the
// host. A user may ask to see a topic on standard error with
// ACTIN_VERBOSE=TOPIC,…, where a topic is
//   profile   each kernel that is compiled or loaded, and its milliseconds
//   dispatch  which instructions kernels may use, and why
//   cache     what becomes of the entries on disk
//   dump      the files that ACTIN_JIT_DUMP=FOLDER asks for
//   all       all of these
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOG_H
#define ACTIN_LOG_H

#include <cstdint>
#include <functional>
#include <string_view>

namespace actin {

enum class LogLevel : uint8_t {
  Info,    ///< Happens in normal use.
  Warning, ///< Works, but not as its owner will have meant it.
};

/// Gets one message at a time (a sentence, no newline), on the thread that it
/// concerns. It must not throw, or call back into Actin.
using LogCallback = std::function<void(LogLevel level, std::string_view topic,
                                       std::string_view message)>;

/// Replaces the callback; an empty one ends the messages. Thread-safe.
void setLogCallback(LogCallback callback);

} // namespace actin

#endif // ACTIN_LOG_H
