// cuBLASLt, opened when it is needed: a program that has never asked for a GPU does not need it.
#pragma once

#include <cublasLt.h>

#include "base/status.h"

namespace rappel::cuda {

// The functions in use, with the types of cublasLt.h. The library stays open to the end of the process.
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

// kUnsupported when it is not found; the message says where it was looked for and how to get it.
Result<const LtLibrary*> lt_library();

}  // namespace rappel::cuda
