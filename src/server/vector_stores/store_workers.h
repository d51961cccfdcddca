// StoreWorkers: the threads that read the files of vector stores into their collections, by the same ingest
// run as every upload, and remove the documents of files that left while they were read.
#pragma once

#include <cstddef>
#include <stop_token>
#include <thread>
#include <vector>

#include "server/core_gate.h"
#include "server/protocol_context.h"
#include "server/vector_stores/files_in_stores.h"
#include "server/vector_stores/uploaded_files.h"

namespace rappel {

class StoreWorkers {
 public:
  // All must outlive it.
  StoreWorkers(FilesInStores& stores, UploadedFiles& files, const CoreGate& gate, std::size_t threads,
               const ProtocolOptions& options);
  // Ends the work under way; files without a result are read by the next start.
  ~StoreWorkers();

 private:
  void run(const std::stop_token& stop);
  void do_work(const StoreWork& work, const std::stop_token& stop);
  bool is_gone(const std::string& store, const Status& failure) const;
  void forget_dropped();
  void resume_removals(const std::stop_token& stop);
  void remove_document(const std::string& store, const std::string& file, const std::stop_token& stop);

  FilesInStores& stores_;
  UploadedFiles& files_;
  const CoreGate& gate_;
  const ProtocolOptions& options_;
  std::vector<std::jthread> threads_;
};

}  // namespace rappel
