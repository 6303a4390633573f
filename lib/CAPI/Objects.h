//===- Objects.h - What the handles of the C interface hold -----*- C++ -*-===//
//
// The C functions only translate: handles to the objects of the C++ interface,
// `Expected` to statuses, structs of any version to those of this one. No
// exception leaves them.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CAPI_OBJECTS_H
#define ACTIN_CAPI_OBJECTS_H

#include "actin-c/actin.h"
#include "actin/Compiler.h"
#include "actin/Module.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

struct actin_status {
  actin_status_code code;
  actin::Diagnostics diagnostics;
  std::string file;
  std::string message; ///< The diagnostics as text.
};

struct actin_buffer {
  std::string bytes;
};

struct actin_module {
  std::shared_ptr<const actin::Module> module;
};

struct actin_activation {
  actin::Activation activation;
  std::atomic<size_t> numOwners = 1;
};

struct actin_compiler {
  actin::Compiler compiler;
};

struct actin_kernel {
  actin::Kernel kernel;
  actin::KernelOutputs outputs;
  std::atomic<size_t> numOwners = 1;
};

struct actin_prepared_call {
  actin::PreparedCall call;
};

namespace actin::capi {

/// `source` is the text that the diagnostics are about, `file` its name.
actin_status *makeStatus(actin_status_code code, Diagnostics diagnostics,
                         std::string_view source = {}, const char *file = "");
actin_status *makeStatus(actin_status_code code, std::string message);
/// The one status that needs no memory.
actin_status *getOutOfMemory();

/// What `function` returns; an exception becomes a status.
template <typename Function> actin_status *guarded(Function function) {
  try {
    return function();
  } catch (const std::bad_alloc &) {
    return getOutOfMemory();
  } catch (...) {
  }
  try {
    return makeStatus(ACTIN_INTERNAL, "an exception was thrown");
  } catch (...) {
    return getOutOfMemory();
  }
}

/// Stores nothing through `result` until all went well.
#define ACTIN_CHECK_RESULT(result)                                             \
  do {                                                                         \
    if (!(result))                                                             \
      return guarded([] {                                                      \
        return makeStatus(ACTIN_INVALID_ARGUMENT, "'" #result "' is NULL");    \
      });                                                                      \
    *(result) = nullptr;                                                       \
  } while (false)

#define ACTIN_CHECK_ARGUMENT(argument)                                         \
  do {                                                                         \
    if (!(argument))                                                           \
      return guarded([] {                                                      \
        return makeStatus(ACTIN_INVALID_ARGUMENT, "'" #argument "' is NULL");  \
      });                                                                      \
  } while (false)

template <typename Handle> void retain(Handle *handle) {
  if (handle)
    handle->numOwners.fetch_add(1, std::memory_order_relaxed);
}

template <typename Handle> void release(Handle *handle) {
  if (handle && handle->numOwners.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete handle;
}

/// Reads a struct that may be of another version of the header over `result`,
/// which holds the defaults. False where it is of no version, or sets what this
/// library does not know.
template <typename Struct>
bool readStruct(const Struct *given, Struct &result) {
  size_t size = given->struct_size;
  if (size < sizeof(size_t))
    return false;
  const char *bytes = reinterpret_cast<const char *>(given);
  if (size > sizeof(Struct) && std::any_of(bytes + sizeof(Struct), bytes + size,
                                           [](char byte) { return byte != 0; }))
    return false;
  std::memcpy(&result, given, std::min(size, sizeof(Struct)));
  return true;
}

/// Writes as much of `value` as the host's struct holds.
template <typename Struct> bool writeStruct(Struct value, Struct *result) {
  size_t size = result->struct_size;
  if (size < sizeof(size_t))
    return false;
  value.struct_size = size;
  std::memcpy(result, &value, std::min(size, sizeof(Struct)));
  return true;
}

} // namespace actin::capi

#endif // ACTIN_CAPI_OBJECTS_H
