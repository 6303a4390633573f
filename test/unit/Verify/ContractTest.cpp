//===- ContractTest.cpp - The accuracy contract, drawn line by line -------===//

#include "Verify/Contract.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

using namespace actin;

namespace {

constexpr double infinity = INFINITY;

TEST(Measure, InUnitsOfTheLastPlace) {
  EXPECT_EQ(measure(0x1.000002p0, {1, 0}, DataType::F32).ulps, 1);
  EXPECT_EQ(measure(1, {1, 0x1p-60}, DataType::F64).ulps, 0x1p-8);
  EXPECT_EQ(measure(0x3p-149, {0x1p-149, 0}, DataType::F32).ulps, 2);
  EXPECT_EQ(measure(0x1.004p0, {1, 0}, DataType::F16).ulps, 1);
  EXPECT_EQ(measure(0x1.02p0, {1, 0}, DataType::BF16).ulps, 1);
}

TEST(Measure, InfinityOnlyWhereItBelongs) {
  EXPECT_EQ(measure(infinity, {0x1p128, 0}, DataType::F32).ulps, 0);
  EXPECT_EQ(measure(FLT_MAX, {0x1p128, 0}, DataType::F32).ulps, 1);
  EXPECT_EQ(measure(infinity, {FLT_MAX, 0}, DataType::F32).fault,
            Fault::Infinity);
  EXPECT_EQ(measure(-infinity, {0x1p128, 0}, DataType::F32).fault,
            Fault::Infinity);
  EXPECT_EQ(measure(DBL_MAX, {infinity, 0}, DataType::F64).ulps, 1);
  EXPECT_EQ(measure(NAN, {1, 0}, DataType::F32).fault, Fault::NaN);
}

TEST(Contract, NamedFormulas) {
  CompileOptions options;
  ErrorBound value = getContractBound(ContractRow::Named, true, options);
  EXPECT_TRUE(isWithin(measure(1 + 0x1p-22, {1, 0}, DataType::F32), value));
  EXPECT_FALSE(isWithin(measure(1 + 0x3p-23, {1, 0}, DataType::F32), value));
  // An absolute bound is not for values, and not without a root.
  EXPECT_FALSE(isWithin(measure(1e-9, {0, 0}, DataType::F32), value));
  ErrorBound gradient = getContractBound(ContractRow::Named, false, options);
  EXPECT_EQ(gradient.absolute, 0x1p-24);
  EXPECT_FALSE(isWithin(measure(1e-9, {0, 0}, DataType::F32), gradient));
}

TEST(Contract, OtherFormulasMayBeIllConditioned) {
  CompileOptions options;
  ErrorBound bound = getContractBound(ContractRow::Other, true, options);
  Deviation deviation = measure(1e-6, {0, 0}, DataType::F32);
  EXPECT_FALSE(isWithin(deviation, bound));
  EXPECT_FALSE(isWithin(deviation, bound, 4));
  EXPECT_TRUE(isWithin(deviation, bound, 5));
  EXPECT_FALSE(isWithin(measure(NAN, {0, 0}, DataType::F32), bound, 1e30));
}

TEST(Contract, NarrowTypesAreRoundedOnce) {
  CompileOptions options;
  options.type = DataType::BF16;
  for (ContractRow row : {ContractRow::Named, ContractRow::Other})
    EXPECT_EQ(getContractBound(row, true, options).ulps, 0.51);
  EXPECT_EQ(getContractBound(ContractRow::Named, false, options).absolute,
            0x1p-9);
}

TEST(Contract, FastMath) {
  CompileOptions options;
  options.math = MathMode::Fast;
  ErrorBound bound = getContractBound(ContractRow::Named, true, options);
  EXPECT_TRUE(isWithin(measure(0x1p-23, {0, 0}, DataType::F32), bound));
  EXPECT_FALSE(isWithin(measure(0x1p-22, {0, 0}, DataType::F32), bound));
}

} // namespace
