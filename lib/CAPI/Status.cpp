//===- Status.cpp - Failures, buffers and messages ------------------------===//

#include "CAPI/Objects.h"

#include "Support/Version.h"
#include "actin/Log.h"

using namespace actin;
using namespace actin::capi;

actin_status *capi::makeStatus(actin_status_code code, Diagnostics diagnostics,
                               std::string_view source, const char *file) {
  std::string name = file ? file : "";
  std::string message =
      render(diagnostics, source, name.empty() ? "<formula>" : name);
  return new actin_status{code, std::move(diagnostics), std::move(name),
                          std::move(message)};
}

actin_status *capi::makeStatus(actin_status_code code, std::string message) {
  return makeStatus(code, makeError(std::move(message)).value());
}

actin_status *capi::getOutOfMemory() {
  // Short enough to be kept without memory of its own.
  static actin_status status{ACTIN_OUT_OF_MEMORY, {}, "", "out of memory"};
  return &status;
}

extern "C" {

uint32_t actin_get_api_version() { return ACTIN_API_VERSION; }

const char *actin_get_build_version() { return getBuildVersion().data(); }

actin_status_code actin_status_get_code(const actin_status *status) {
  return status ? status->code : ACTIN_OK;
}

const char *actin_status_get_message(const actin_status *status) {
  return status ? status->message.c_str() : "";
}

static void visit(const actin_status *status, const Diagnostic &diagnostic,
                  actin_diagnostic_callback callback, void *context) {
  actin_severity severity = diagnostic.severity == Severity::Error ? ACTIN_ERROR
                            : diagnostic.severity == Severity::Warning
                                ? ACTIN_WARNING
                                : ACTIN_NOTE;
  actin_diagnostic plain = {
      sizeof(actin_diagnostic), severity,
      diagnostic.location.line, diagnostic.location.column,
      status->file.c_str(),     diagnostic.message.c_str()};
  callback(context, &plain);
  for (const Diagnostic &note : diagnostic.notes)
    visit(status, note, callback, context);
}

void actin_status_visit(const actin_status *status,
                        actin_diagnostic_callback callback, void *context) {
  if (!status || !callback)
    return;
  for (const Diagnostic &diagnostic : status->diagnostics)
    visit(status, diagnostic, callback, context);
}

void actin_status_destroy(actin_status *status) {
  if (status != getOutOfMemory())
    delete status;
}

const char *actin_buffer_get_data(const actin_buffer *buffer) {
  return buffer ? buffer->bytes.c_str() : nullptr;
}

size_t actin_buffer_get_size(const actin_buffer *buffer) {
  return buffer ? buffer->bytes.size() : 0;
}

void actin_buffer_destroy(actin_buffer *buffer) { delete buffer; }

void actin_set_log_callback(actin_log_callback callback, void *context) {
  if (!callback)
    return setLogCallback(nullptr);
  setLogCallback([=](LogLevel level, std::string_view topic,
                     std::string_view message) {
    callback(context,
             level == LogLevel::Warning ? ACTIN_LOG_WARNING : ACTIN_LOG_INFO,
             std::string(topic).c_str(), std::string(message).c_str());
  });
}

} // extern "C"
