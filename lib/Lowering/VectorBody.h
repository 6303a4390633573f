//===- VectorBody.h - One vector of a kernel's work -------------*- C++ -*-===//
//
// In: a function over vectors, as lowerMathToVector leaves it. Out: its
// operations between loads and stores, for one vector of elements at a time,
// with running sums for the results that are summed. Operations that depend on
// parameters alone are placed where the parameters are bound.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_VECTORBODY_H
#define ACTIN_LOWERING_VECTORBODY_H

#include "Lowering/KernelLoops.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

namespace actin {

class VectorBody {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  VectorBody(mlir::func::FuncOp body, const KernelLoopOptions &options,
             mlir::ImplicitLocOpBuilder &b);

  unsigned getNumSums() const { return sumResults.size(); }
  /// Operations a vector, those on parameters not counted.
  size_t getSize() const { return size; }

  /// Where the operands lie.
  struct Addresses {
    Values tensors, outputs;
  };

  /// Loads the operands' addresses from the arrays of a KernelCall.
  void loadAddresses(mlir::Value inputs, mlir::Value parameters,
                     mlir::Value outputs);
  /// The operands' addresses, as given.
  void setAddresses(mlir::ValueRange inputs, mlir::ValueRange parameters,
                    mlir::ValueRange outputs);
  unsigned getNumTensors() const { return tensorArgs.size(); }
  unsigned getNumParameters() const { return parameterArgs.size(); }
  unsigned getNumOutputs() const { return storedResults.size(); }
  mlir::Value getFirstOutput() const { return addresses.outputs.front(); }
  bool hasOutputs() const { return !storedResults.empty(); }
  const Addresses &getAddresses() const { return addresses; }
  /// What `process` works on from here on.
  void setAddresses(Addresses value) { addresses = std::move(value); }

  /// A vector on the stack for each operand: the stage.
  void allocateStage();
  /// The elements of `mask` from `index` on into the stage, and back.
  void stageInputs(mlir::Value index, mlir::Value mask);
  void unstageOutputs(mlir::Value index, mlir::Value mask);
  /// The stage where `isStaged`, else the present addresses.
  Addresses chooseStage(mlir::Value isStaged);

  /// `channel` is the one channel of what follows, or the first of a vector of
  /// them (Lanes), of which `mask` (null: all) are used.
  void bindParameters(mlir::Value channel, mlir::Value mask);
  /// `indices(number)`: the index, among the values of the channel parameter of
  /// that number, of each lane's, or one for all lanes.
  using ChannelIndices = llvm::function_ref<Values(unsigned number)>;
  void bindParametersAt(ChannelIndices indices);
  /// True where some parameter has a value a channel, or some sum is a
  /// channel's.
  bool dependsOnChannel() const;

  /// The elements from `index` on; lanes outside of `accessed` (null: all are
  /// in) are neither read nor written, and those outside of `summed` do not
  /// count in the sums. Gives the new accumulators.
  Values process(mlir::Value index, mlir::Value accessed, mlir::Value summed,
                 mlir::ValueRange accumulators, bool streaming);

  /// Running sums of nothing.
  Values zeroAccumulators();
  /// vector<Lxf64>: the sum number `sum` of each lane.
  mlir::Value getLaneSums(mlir::ValueRange accumulators, unsigned sum);

private:
  void classify();
  mlir::Value loadPointer(mlir::Value array, unsigned index);
  mlir::Value loadStored(mlir::Value pointer, mlir::Value index,
                         mlir::Value mask);
  mlir::Value loadTensor(mlir::Value pointer, mlir::Value index,
                         mlir::Value mask);
  using ParameterLoader = llvm::function_ref<mlir::Value(unsigned number)>;
  void bindParametersBy(ParameterLoader load);
  mlir::Value loadParameter(unsigned number, mlir::Value channel,
                            mlir::Value mask);
  mlir::Value gatherParameter(unsigned number, mlir::ValueRange indices);
  void storeTensor(mlir::Value pointer, mlir::Value index, mlir::Value mask,
                   mlir::Value vector, bool streaming);
  void accumulate(mlir::Value accumulator, mlir::Value error, mlir::Value term,
                  Values &next);

  bool isF64() const { return options.storage == DataType::F64; }
  unsigned accumulatorsPerSum() const { return isF64() ? 2 : 1; }
  mlir::VectorType vectorOf(mlir::Type element) const;
  mlir::Type storageElement() const;

  mlir::func::FuncOp body;
  const KernelLoopOptions &options;
  mlir::ImplicitLocOpBuilder &b;
  llvm::SmallVector<unsigned> tensorArgs, parameterArgs; ///< Of the body.
  llvm::SmallVector<bool> isChannelArg;                  ///< By parameter.
  llvm::SmallVector<unsigned> storedResults, sumResults;
  llvm::DenseSet<mlir::Operation *> invariantOps;
  size_t size = 0;
  Addresses addresses, stage;
  Values parameters;        ///< Addresses.
  mlir::IRMapping bindings; ///< Parameters and what depends on them alone.
};

/// Vectors in memory, element-aligned, or (`aligned`, streaming) at a multiple
/// of their size; `mask` may be null (all lanes). Inactive lanes are not
/// touched; they read as `filler`.
mlir::Value emitVectorLoad(mlir::ImplicitLocOpBuilder &b, mlir::VectorType type,
                           mlir::Value pointer, mlir::Value index,
                           mlir::Value mask, mlir::Attribute filler,
                           bool aligned = false);
void emitVectorStore(mlir::ImplicitLocOpBuilder &b, mlir::Value vector,
                     mlir::Value pointer, mlir::Value index, mlir::Value mask,
                     bool streaming, bool aligned = false);

} // namespace actin

#endif // ACTIN_LOWERING_VECTORBODY_H
