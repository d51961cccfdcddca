// Loads cuBLASLt on first use, so that a program that does not use a GPU does not need it.
#pragma once

#include <cublasLt.h>

#include "base/status.h"

namespace rappel::cuda {

// The functions in use, with the types of cublasLt.h. The library stays loaded until the process ends.
struct LtLibrary {
#define RAPPEL_LT_FUNCTIONS(each)                                                                           \
  each(cublasLtCreate) each(cublasLtDestroy) each(cublasLtMatmul) each(cublasLtMatmulDescCreate)            \
      each(cublasLtMatmulDescDestroy) each(cublasLtMatmulDescSetAttribute) each(cublasLtMatrixLayoutCreate) \
          each(cublasLtMatrixLayoutDestroy) each(cublasLtMatmulPreferenceCreate)                            \
              each(cublasLtMatmulPreferenceDestroy) each(cublasLtMatmulPreferenceSetAttribute)              \
                  each(cublasLtMatmulAlgoGetHeuristic) each(cublasLtMatmulAlgoCheck)
#define RAPPEL_LT_MEMBER(name) decltype(&::name) name##_ = nullptr;
  RAPPEL_LT_FUNCTIONS(RAPPEL_LT_MEMBER)
#undef RAPPEL_LT_MEMBER
};

// kUnsupported if it is not found; the message lists the searched locations and how to install it.
Result<const LtLibrary*> lt_library();

}  // namespace rappel::cuda
