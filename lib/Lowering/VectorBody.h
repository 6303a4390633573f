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

#include "Lowering/BodyStages.h"
#include "Lowering/KernelLoops.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

class VectorBody {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  VectorBody(mlir::func::FuncOp body, const KernelLoopOptions &options,
             mlir::ImplicitLocOpBuilder &b);

  unsigned getNumSums() const { return sumResults.size(); }
  /// Operations a vector, those on parameters not counted.
  size_t getSize() const { return varyingOps.size(); }

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

  /// A vector on the stack for each operand: its copy.
  void allocateCopies();
  /// The elements of `mask` from `index` on into the copies, 1 for the others;
  /// and back.
  void copyInputs(mlir::Value index, mlir::Value mask);
  void copyOutputsBack(mlir::Value index, mlir::Value mask);

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
  /// count in the sums. Gives the new accumulators. `ahead` (null: nothing):
  /// which element after `index` is prefetched.
  Values process(mlir::Value index, mlir::Value accessed, mlir::Value summed,
                 mlir::ValueRange accumulators, bool streaming,
                 mlir::Value ahead = nullptr);

  /// Cuts the body into stages.
  void cutIntoStages();
  unsigned getNumStages() const { return stages->size(); }
  /// An element's index, and whether in the copies, at 0, or in the tensors.
  struct Place {
    mlir::Value index, isCopy;
  };
  /// For each stage's tensors, and then the outputs, the address from which
  /// the element of the stage's index is the one at the stage's place.
  Values getBases(llvm::ArrayRef<Place> places, mlir::ValueRange indices);
  /// One round of a loop over the stages: each works at its index from bases of
  /// its own, on the vector that the one before it worked on a round earlier.
  /// `carried`: accumulators and what the stages hand on; gives the next.
  Values processStages(mlir::ValueRange bases, mlir::ValueRange indices,
                       mlir::Value summed, mlir::ValueRange carried,
                       bool streaming, mlir::Value ahead);
  /// What is carried into the first round: the later stages work on ones.
  Values initialCarried();

  /// Running sums of nothing.
  Values zeroAccumulators();
  /// vector<Lxf64>: the sum number `sum` of each lane.
  mlir::Value getLaneSums(mlir::ValueRange accumulators, unsigned sum);

private:
  void classify();
  void prefetch(mlir::Value pointer, mlir::Value index, mlir::Value ahead);
  using Operations = llvm::ArrayRef<mlir::Operation *>;
  void emit(Operations operations, mlir::IRMapping &mapping);
  Values storeResults(mlir::ValueRange to, mlir::Value index,
                      mlir::Value accessed, mlir::Value summed,
                      mlir::ValueRange accumulators, bool streaming,
                      const mlir::IRMapping &mapping);
  /// What a stage hands on for `value`: of a mask, where the machine has none,
  /// integers as wide as what was compared.
  mlir::VectorType carriedType(mlir::Value value) const;
  mlir::Value toCarried(mlir::Value value, mlir::Value computed);
  mlir::Value fromCarried(mlir::Value value, mlir::Value carried);
  size_t getTensorNumber(mlir::BlockArgument argument) const;
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
  const PipelineTraits &getPipeline() const {
    return options.streaming ? options.traits.streamingPipeline
                             : options.traits.pipeline;
  }
  unsigned getNumAccumulators() const {
    return getNumSums() * accumulatorsPerSum();
  }
  unsigned accumulatorsPerSum() const { return isF64() ? 2 : 1; }
  mlir::VectorType vectorOf(mlir::Type element) const;
  mlir::Type storageElement() const;

  mlir::func::FuncOp body;
  const KernelLoopOptions &options;
  mlir::ImplicitLocOpBuilder &b;
  llvm::SmallVector<unsigned> tensorArgs, parameterArgs; ///< Of the body.
  llvm::SmallVector<bool> isChannelArg;                  ///< By parameter.
  llvm::SmallVector<unsigned> storedResults, sumResults;
  llvm::SmallVector<mlir::Operation *> invariantOps, varyingOps;
  llvm::DenseSet<mlir::Value> invariants;
  std::optional<BodyStages> stages;
  Addresses addresses, copies;
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
