//===- Expr.h - Formulas built in C++ ---------------------------*- C++ -*-===//
//
// The second front door: an activation written with C++ operators. It makes
// the same graph as the text parser does.
//
//   actin::ActivationBuilder builder("swish");
//   actin::Expr x = builder.input("x");
//   actin::Expr beta = builder.parameter("beta", 1.0);
//   actin::Expected<actin::Activation> swish =
//       builder.build(x * sigmoid(beta * x));
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_EXPR_H
#define ACTIN_EXPR_H

#include "actin/Expected.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actin {

class ExprGraph;

/// Index of a node in its graph. Operands always have a smaller index than
/// their user, so a loop over indices is a walk in topological order.
using NodeId = uint32_t;

/// A real-valued formula: a handle (graph, node), cheap to copy. Thread-safe to
/// read; building on one graph from two threads at once is a race.
/// Mixing handles of two graphs makes an invalid Expr, which `build` reports.
class Expr {
public:
  Expr() = default;
  Expr(std::shared_ptr<ExprGraph> graph, NodeId id)
      : graph(std::move(graph)), id(id) {}

  bool isValid() const { return graph != nullptr; }
  const std::shared_ptr<ExprGraph> &getGraph() const { return graph; }
  NodeId getId() const { return id; }

private:
  std::shared_ptr<ExprGraph> graph;
  NodeId id = 0;
};

/// A truth value; only `where`, `&&`, `||` and `!` take one.
class Condition {
public:
  Condition() = default;
  explicit Condition(Expr node) : node(std::move(node)) {}
  const Expr &getNode() const { return node; }

private:
  Expr node;
};

#define ACTIN_DECLARE_BINARY(result, name)                                     \
  result name(const Expr &lhs, const Expr &rhs);                               \
  result name(const Expr &lhs, double rhs);                                    \
  result name(double lhs, const Expr &rhs);
ACTIN_DECLARE_BINARY(Expr, operator+)
ACTIN_DECLARE_BINARY(Expr, operator-)
ACTIN_DECLARE_BINARY(Expr, operator*)
ACTIN_DECLARE_BINARY(Expr, operator/)
ACTIN_DECLARE_BINARY(Expr, pow)
ACTIN_DECLARE_BINARY(Expr, min)
ACTIN_DECLARE_BINARY(Expr, max)
ACTIN_DECLARE_BINARY(Condition, operator<)
ACTIN_DECLARE_BINARY(Condition, operator<=)
ACTIN_DECLARE_BINARY(Condition, operator>)
ACTIN_DECLARE_BINARY(Condition, operator>=)
ACTIN_DECLARE_BINARY(Condition, operator==)
ACTIN_DECLARE_BINARY(Condition, operator!=)
#undef ACTIN_DECLARE_BINARY

Expr operator-(const Expr &operand);

#define ACTIN_UNARY_FUNCTION(kind, name) Expr name(const Expr &operand);
#include "actin/Functions.def"

Condition operator&&(const Condition &lhs, const Condition &rhs);
Condition operator||(const Condition &lhs, const Condition &rhs);
Condition operator!(const Condition &operand);

/// `onTrue` where `condition` holds, else `onFalse`. The branch not selected
/// never contributes to the value or to a gradient, whatever it evaluates to.
Expr where(const Condition &condition, const Expr &onTrue, const Expr &onFalse);
Expr where(const Condition &condition, double onTrue, const Expr &onFalse);
Expr where(const Condition &condition, const Expr &onTrue, double onFalse);

/// min(max(operand, lower), upper) as part of the function: gradient 0 outside
/// [lower, upper], 1 on the bounds.
Expr clip(const Expr &operand, const Expr &lower, const Expr &upper);
Expr clip(const Expr &operand, double lower, double upper);

/// A stability clamp: saturates the value; the gradient is that of the
/// unclamped formula, evaluated at the clamped value.
Expr clamp(const Expr &operand, double lower, double upper);
Expr clamp(const Expr &operand, const Expr &lower, const Expr &upper);

/// A run-time argument of a kernel: one scalar, or one value a channel.
struct Parameter {
  std::string name;
  bool perChannel = false;
  std::optional<double> defaultValue;
};

/// A named, checked formula. Immutable, and cheap to copy: copies share all.
class Activation {
public:
  /// A replacement for a derived gradient (`gradient x = …`).
  struct GradientOverride {
    std::string name; ///< The input or parameter.
    Expr value;
  };

  /// Without a name or a formula.
  Activation() : data(std::make_shared<Data>()) {}

  const std::string &getName() const { return data->name; }
  /// Of its declaration; not known where it was built in C++.
  SourceLocation getLocation() const { return data->location; }
  const std::vector<std::string> &getInputs() const { return data->inputs; }
  const std::vector<Parameter> &getParameters() const {
    return data->parameters;
  }
  const Expr &getBody() const { return data->body; }
  const std::vector<GradientOverride> &getGradientOverrides() const {
    return data->gradientOverrides;
  }
  /// The formula in the Actin language; parses back to an equal graph.
  std::string print() const;
  /// The same for this activation and its copies, and for no other one as long
  /// as any of them lives.
  const void *getIdentity() const { return data.get(); }

private:
  friend class ActivationBuilder;
  struct Data {
    std::string name;
    SourceLocation location;
    std::vector<std::string> inputs;
    std::vector<Parameter> parameters;
    Expr body;
    std::vector<GradientOverride> gradientOverrides;
  };
  explicit Activation(Data data)
      : data(std::make_shared<const Data>(std::move(data))) {}

  std::shared_ptr<const Data> data;
};

/// Collects the arguments of one activation, then checks and seals it. Errors
/// (duplicate or missing names, an Expr of another graph) are kept until
/// `build`. Used by the text parser as well.
class ActivationBuilder {
public:
  explicit ActivationBuilder(std::string name, SourceLocation location = {});

  Expr input(std::string name);
  Expr parameter(std::string name,
                 std::optional<double> defaultValue = std::nullopt);
  Expr channelParameter(std::string name,
                        std::optional<double> defaultValue = std::nullopt);
  Expr constant(double value);
  ActivationBuilder &gradient(std::string name, Expr value);

  const std::shared_ptr<ExprGraph> &getGraph() const { return graph; }

  /// The finished activation. Errors: no input, a name declared twice, a
  /// gradient of an unknown name, an invalid or foreign Expr, more than 65,536
  /// nodes.
  Expected<Activation> build(const Expr &body) const;

private:
  Expr argument(std::string name, std::optional<Parameter> parameter);

  std::shared_ptr<ExprGraph> graph;
  Activation::Data activation;
  Diagnostics errors;
};

} // namespace actin

#endif // ACTIN_EXPR_H
