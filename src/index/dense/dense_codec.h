// DenseCodec: how the vectors of an index are written in few bits, and how a query is compared with them.
//
// Every row has a 4-bit code of all its dimensions ("fine"); a trained codec adds a 1-bit code of its leading
// directions for a first scan. A codec is immutable, so rows that were encoded with it stay comparable;
// another sample gives another codec.
//
//   fine   r = S(x - m), S: Spread, m: mean of the sample; u = r in 0 .. 15 with one scale a row:
//          q . x ~ q.m + m.(x - m) + scale * sum (u_i - 7.5) S(q - m)_i. The scale makes the estimate of r .
//          r exact; the second term is stored, so that only what differs from the mean has an error.
//   code   y = P(x - m); one sign a direction. P: the leading 512 directions if they hold 90 % of the energy
//   of
//          the sample, spread; otherwise all dimensions, which is r. See CodeQuery for the estimate.
//
// Any thread may use a codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/dense/directions.h"
#include "index/dense/kernels.h"
#include "index/dense/spread.h"

namespace rappel {

// Arrays with a place for each slot of a segment; null where the codec needs none. Those of a mapped file are
// never written.
struct DenseArrays {
  std::uint8_t* fine = nullptr;  // fine_bytes() each
  float* scale = nullptr;
  float* offset = nullptr;         // m.(x - m)
  std::uint64_t* codes = nullptr;  // code_words() each
  float* factor = nullptr;
  std::uint16_t* ones = nullptr;
};

struct DenseQuery {
  float base = 0;                        // q . m
  std::vector<std::int16_t> fine;        // S(q - m), padded, in units of fine_scale
  float fine_scale = 0, fine_shift = 0;  // shift: 7.5 * sum of `fine`
  std::vector<std::uint64_t> planes;     // empty without codes
  float low = 0, step = 0, total = 0;    // of CodeQuery
  float length = 0;                      // |q - m|: the error of a 4-bit score grows with it
  float code_length = 0;                 // |P(q - m)|: the same of an estimate

  CodeQuery codes() const { return {planes.data(), planes.size() / 4, base, low, step, total}; }
};

class DenseCodec {
 public:
  // The content of a codec, beside constants.
  struct Parts {
    int dimension = 0;
    std::size_t bits = 0;        // of a code; 0: no codes
    std::size_t trained_at = 0;  // rows that there were when it was trained; 0: it was not
    std::vector<float> mean;
    Directions directions;  // of the code; empty: all dimensions
  };

  // Fine rows only, for sets that are too small to train on.
  explicit DenseCodec(int dimension);
  explicit DenseCodec(Parts parts);
  // `sample`: some thousand vectors of the `rows` that there are.
  static DenseCodec trained(int dimension, std::span<const float> sample, std::size_t rows);

  const Parts& parts() const { return parts_; }
  int dimension() const { return parts_.dimension; }
  bool has_codes() const { return parts_.bits != 0; }
  std::size_t bits() const { return parts_.bits; }  // of a code, without the padding
  std::size_t code_words() const;
  std::size_t fine_dimensions() const;  // padded
  std::size_t fine_bytes() const { return fine_dimensions() / 2; }

  // `vectors` are written to the slots from `first` on.
  void encode(std::span<const float> vectors, const DenseArrays& to, std::size_t first) const;
  DenseQuery query(std::span<const float> vector) const;
  // About the vector that was encoded.
  std::vector<float> decode(const std::uint8_t* fine, float scale) const;

 private:
  // `spread` is padded with zeros.
  void encode_fine(std::span<const float> spread, float length_squared, const DenseArrays& to,
                   std::size_t slot) const;
  void encode_bits(std::span<const float> projected, const DenseArrays& to, std::size_t slot) const;
  // The directions of the code for vectors whose mean was taken off and that were spread.
  std::vector<float> projected(std::span<const float> centred, std::span<const float> spread) const;
  void prepare_fine(std::span<const float> spread, DenseQuery& query) const;
  void prepare_codes(std::span<const float> projected, DenseQuery& query) const;

  Parts parts_;
  Spread spread_;
  Spread direction_spread_;
};

}  // namespace rappel
