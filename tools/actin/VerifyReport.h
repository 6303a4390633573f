//===- VerifyReport.h - What actin verify prints ----------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_VERIFYREPORT_H
#define ACTIN_TOOLS_VERIFYREPORT_H

#include "actin/Verify.h"

#include <nlohmann/json_fwd.hpp>

namespace actin::tool {

/// For people, with a newline at the end.
std::string toText(const VerifyReport &report, const Activation &activation,
                   const VerifyOptions &options);
nlohmann::ordered_json toJson(const VerifyReport &report,
                              const Activation &activation,
                              const VerifyOptions &options);

} // namespace actin::tool

#endif // ACTIN_TOOLS_VERIFYREPORT_H
