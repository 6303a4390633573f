//===- Log.h - Messages to the host -----------------------------*- C++ -*-===//

#ifndef ACTIN_SUPPORT_LOG_H
#define ACTIN_SUPPORT_LOG_H

#include "actin/Log.h"

namespace actin {

/// To the callback, and to standard error where ACTIN_VERBOSE asks for it.
void log(LogLevel level, std::string_view topic, std::string_view message);

/// Whether anybody hears `topic`: for messages that cost something to make.
bool isLogged(std::string_view topic);

} // namespace actin

#endif // ACTIN_SUPPORT_LOG_H
