//===- Environment.h - What the user of a process asks for ------*- C++ -*-===//
//
// The environment variables of Actin that concern more than one library. They
// are read at each call, never by a program that runs with more rights than its
// user (setuid).
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_SUPPORT_ENVIRONMENT_H
#define ACTIN_SUPPORT_ENVIRONMENT_H

#include <string>
#include <string_view>

namespace actin {

/// The value; empty where the variable is not set.
std::string getEnvironment(const char *variable);

/// Whether ACTIN_VERBOSE names `topic`, or "all".
bool isVerbose(std::string_view topic);

/// Threads of a call that leaves their number open: ACTIN_NUM_THREADS, a
/// positive number, else as many as this process may run on.
int getDefaultNumThreads();

} // namespace actin

#endif // ACTIN_SUPPORT_ENVIRONMENT_H
