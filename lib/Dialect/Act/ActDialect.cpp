//===- ActDialect.cpp - Types, attributes and checks of the dialect -------===//
//
// Registration, the textual form of `#act.real`, and the verification of the
// discardable attributes that ActDialect.td describes.
//
//===----------------------------------------------------------------------===//

#include "Dialect/Act/RealSyntax.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace actin::act {

llvm::StringRef getRole(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto function =
      argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp())
               : func::FuncOp();
  auto role = function ? function.getArgAttrOfType<StringAttr>(
                             argument.getArgNumber(), roleAttrName)
                       : StringAttr();
  return role ? role.getValue() : llvm::StringRef();
}

/// `[-] number`, `[-] inf` or a string that holds a number.
ParseResult parseReal(AsmParser &parser, Real &result) {
  SMLoc start = parser.getCurrentLocation();
  std::string quoted;
  if (succeeded(parser.parseOptionalString(&quoted))) {
    if (std::optional<Real> value = Real::parse(quoted)) {
      result = *value;
      return success();
    }
    return parser.emitError(start, "expected a number, found \"")
           << quoted << '"';
  }
  bool negative = succeeded(parser.parseOptionalMinus());
  if (succeeded(parser.parseOptionalKeyword("inf"))) {
    result = negative ? -Real::infinity() : Real::infinity();
    return success();
  }
  // The parser's own reading has 53 bits: take the token's text.
  const char *text = parser.getCurrentLocation().getPointer();
  double ignored;
  if (parser.parseFloat(ignored))
    return failure();
  const char *end = parser.getCurrentLocation().getPointer();
  StringRef token = StringRef(text, end - text).take_while([](char c) {
    return llvm::isDigit(c) || StringRef(".eE+-").contains(c);
  });
  std::optional<Real> value = Real::parse(token);
  if (!value)
    return parser.emitError(start, "number out of range");
  result = negative ? -*value : *value;
  return success();
}

void printReal(AsmPrinter &printer, const Real &value) {
  if (value.isInfinity()) {
    printer << (value.isNegative() ? "-inf" : "inf");
    return;
  }
  std::string text = value.toString();
  double rounded = value.toDouble();
  bool inRange = std::isfinite(rounded) && (rounded != 0 || value.isZero());
  if (!inRange) { // MLIR's lexer reads numbers as doubles.
    printer << '"' << text << '"';
    return;
  }
  // MLIR's numbers have a point.
  if (text.find('.') == std::string::npos) {
    size_t exponent = text.find_first_of("eE");
    text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
  }
  printer << text;
}

} // namespace actin::act

using namespace actin::act;

#include "actin/Dialect/Act/ActDialect.cpp.inc"
#include "actin/Dialect/Act/ActEnums.cpp.inc"
#include "actin/Dialect/Act/ActInterfaces.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "actin/Dialect/Act/ActTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "actin/Dialect/Act/ActAttributes.cpp.inc"

void ActDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "actin/Dialect/Act/ActTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "actin/Dialect/Act/ActAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "actin/Dialect/Act/ActOps.cpp.inc"
      >();
}

Operation *ActDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location location) {
  auto real = dyn_cast<RealAttr>(value);
  if (!real || !isa<RealType>(type))
    return nullptr;
  return ConstantOp::create(builder, location, real);
}

/// `act.gradients` must map names to symbols.
static LogicalResult verifyGradients(Operation *op, Attribute value) {
  auto gradients = dyn_cast<DictionaryAttr>(value);
  if (!gradients)
    return op->emitOpError("'act.gradients' must be a dictionary");
  for (NamedAttribute gradient : gradients)
    if (!isa<FlatSymbolRefAttr>(gradient.getValue()))
      return op->emitOpError("'act.gradients' must name a function for '")
             << gradient.getName().getValue() << "'";
  return success();
}

LogicalResult ActDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  if (!isa<func::FuncOp>(op))
    return op->emitOpError("'")
           << attribute.getName().getValue() << "' belongs on a function";
  if (attribute.getName() == gradientsAttrName)
    return verifyGradients(op, attribute.getValue());
  return op->emitOpError("unknown attribute '")
         << attribute.getName().getValue() << "'";
}

static bool isRole(Attribute value, ArrayRef<StringRef> roles) {
  auto role = dyn_cast<StringAttr>(value);
  return role && llvm::is_contained(roles, role.getValue());
}

LogicalResult ActDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned,
                                                   NamedAttribute attribute) {
  StringAttr name = attribute.getName();
  Attribute value = attribute.getValue();
  if (name == nameAttrName)
    return isa<StringAttr>(value)
               ? success()
               : op->emitOpError("'act.name' of an argument must be a string");
  if (name == roleAttrName)
    return isRole(value, {"input", "parameter", "channel", "dout"})
               ? success()
               : op->emitOpError("'act.role' of an argument must be \"input\", "
                                 "\"parameter\", \"channel\" or \"dout\"");
  if (name == defaultAttrName)
    return isa<RealAttr>(value)
               ? success()
               : op->emitOpError("'act.default' must be an #act.real");
  return op->emitOpError("unknown argument attribute '")
         << name.getValue() << "'";
}

LogicalResult
ActDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                        NamedAttribute attribute) {
  StringAttr name = attribute.getName();
  Attribute value = attribute.getValue();
  if (name == nameAttrName)
    return isa<StringAttr>(value)
               ? success()
               : op->emitOpError("'act.name' of a result must be a string");
  if (name == roleAttrName)
    return isRole(value,
                  {"forward", "gradient", "sum", "channel_sum", "second"})
               ? success()
               : op->emitOpError("'act.role' of a result must be \"forward\", "
                                 "\"gradient\", \"sum\", \"channel_sum\" or "
                                 "\"second\"");
  if (name == smoothAttrName)
    return isa<UnitAttr>(value) ? success()
                                : op->emitOpError("'act.smooth' has no value");
  return op->emitOpError("unknown result attribute '")
         << name.getValue() << "'";
}
