//===- PrintExcerpt.h - A part of a formula as text -------------*- C++ -*-===//

#ifndef ACTIN_EXPR_PRINTEXCERPT_H
#define ACTIN_EXPR_PRINTEXCERPT_H

#include "Expr/ExprGraph.h"

namespace actin {

/// The sub-expression `root` of `activation` on one line, with what has a `let`
/// in the source by that name; cut off, with "…", after `maxLength` bytes.
std::string printExcerpt(const Activation &activation, NodeId root,
                         size_t maxLength);

} // namespace actin

#endif // ACTIN_EXPR_PRINTEXCERPT_H
