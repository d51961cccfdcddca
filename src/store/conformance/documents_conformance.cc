// Documents in every store: storing, replacing, removing, listing.
#include <algorithm>

#include "store/checks.h"
#include "store/conformance/store_conformance.h"
#include "store/custom_metadata.h"

namespace rappel {
namespace {

// Stores with snapshots number their states.
void expect_commit(DocumentStore& store, std::int64_t expected) {
  if (SnapshotStore* const snapshots = store.snapshots()) {
    EXPECT_EQ(*snapshots->commit(), expected);
  }
}

TEST_P(StoreConformance, EmptyStoreAnswersEmpty) {
  const auto store = open();
  EXPECT_EQ(difference(*store, {}, kDimension), "");
  const auto reader = open_reader(*store);
  EXPECT_TRUE(dense(**reader, unit_vector(1, kDimension), 10, Filter::all())->empty());
  if (store->info().lexical) {
    EXPECT_TRUE(lexical(**reader, "word", 10, Filter::all())->empty());
  }
  EXPECT_TRUE((*reader)->chunks({})->empty());
  EXPECT_EQ(*store->remove(Filter::all()), 0u);
  expect_commit(*store, 0);
  ASSERT_STATUS_OK(store->upsert({}));
  expect_commit(*store, 0);
}

TEST_P(StoreConformance, KeepsEveryField) {
  const auto store = open();
  Metadata m;
  m.source = "email";
  m.source_id = "s\xC3\xA9";
  m.url = "";
  m.created_at = *Timestamp::parse("2021-01-21T10:00:00.9+02:00");
  m.author = std::string("nul\0inside", 10);
  m.filename = "a 'quoted' \"name\".txt";
  m.filesize = INT64_MAX;
  m.custom = {{"text", std::string("nul\0inside", 10)},
              {"whole", INT64_MIN},
              {"real", 0.1},
              {"flag", false},
              {"date", custom_text("2024-05-06T10:00:00Z")},
              {"list", std::vector<std::string>{"", "\xE6\x97\xA5"}},
              {"nothing", std::vector<std::string>{}},
              {"a key with \"quotes\"", std::string()}};
  Twin twin;
  const std::vector<NewDocument> documents = {
      document("full", {"one", "two", std::string("nul\0text", 8), "\xE6\x97\xA5\xE6\x9C\xAC"}, kDimension,
               m),
      document("empty metadata", {"x"}, kDimension), document("\xF0\x9F\x98\x80", {"emoji id"}, kDimension)};
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, KeepsPlaces) {
  const auto store = open();
  Twin twin;
  std::vector<NewDocument> documents = {document("placed", {"one", "two", "three"}, kDimension),
                                        document("plain", {"x"}, kDimension)};
  Place& page = documents[0].chunks[0].place;
  page.files = {"a \"mail\".eml", "report.pdf"};
  page.page = 12;
  page.last_page = 13;
  page.page_label = "iv";
  page.section = {"3 R\xC3\xA9sultats", "3.2"};
  Place& rows = documents[0].chunks[2].place;
  rows.sheet = "Plan";
  rows.row = 2;
  rows.last_row = UINT32_MAX;
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
  documents[0].chunks[0].place = {};
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

// "id path name content settings" of each.
std::string text_of(const Result<std::vector<KnownFile>>& files) {
  std::string text = files.ok() ? "" : files.status().to_string();
  for (const KnownFile& file : files.ok() ? *files : std::vector<KnownFile>())
    text += file.id + " " + file.origin.path + " " + file.origin.name + " " + file.origin.content + " " +
            file.origin.settings + "\n";
  return text;
}

NewDocument from_file(std::string id, FileOrigin origin, int dimension) {
  NewDocument made = document(std::move(id), {"text of it"}, dimension);
  made.origin = std::make_shared<FileOrigin>(std::move(origin));
  return made;
}

TEST_P(StoreConformance, OriginsGoWithTheirDocuments) {
  const auto store = open();
  OriginStore* const origins = store->origins();
  NEEDS(origins != nullptr);
  ASSERT_STATUS_OK(store->upsert({from_file("a", {"/f/a", "a", "h1", "s", 7}, kDimension),
                                  from_file("b", {"/f/b", "b", "h1", "s"}, kDimension),
                                  from_file("c", {"/f2/c", "c", "h2", "s"}, kDimension),
                                  from_file("e", {"/f/\xFF", "e", "h3", ""}, kDimension),
                                  document("d", {"text"}, kDimension)}));
  EXPECT_EQ(text_of(origins->files_at("/f/a")), "a /f/a a h1 s\n");
  EXPECT_EQ(text_of(origins->files_at("/f/none")), "");
  EXPECT_EQ(origins->origins_of("a")->at(0), (FileOrigin{"/f/a", "a", "h1", "s", 7}));
  EXPECT_TRUE(origins->origins_of("d")->empty());
  EXPECT_TRUE(origins->origins_of("none")->empty());
  EXPECT_EQ(text_of(origins->files_with("h1")), "a /f/a a h1 s\nb /f/b b h1 s\n");
  const std::string in_f = "a /f/a a h1 s\nb /f/b b h1 s\ne /f/\xFF e h3 \n";
  EXPECT_EQ(text_of(origins->files_below("/f", nullptr, 10)), in_f);
  const KnownFile first{"a", {"/f/a", "", "", ""}}, same_path{"A", {"/f/a", "", "", ""}};
  EXPECT_EQ(text_of(origins->files_below("/f", &first, 1)), "b /f/b b h1 s\n");
  EXPECT_EQ(text_of(origins->files_below("/f", &same_path, 1)), "a /f/a a h1 s\n");
  EXPECT_EQ(origins->files_below("", nullptr, 10)->size(), 4u);
  std::string told;
  ASSERT_STATUS_OK(origins->visit_fingerprints([&](std::uint64_t fingerprint, std::string_view id) {
    told += std::string(id) + " " + std::to_string(fingerprint) + "\n";
  }));
  EXPECT_EQ(told, "a 7\n");

  ASSERT_STATUS_OK(store->upsert(
      {from_file("a", {"/f/a", "a", "h4", "s"}, kDimension), document("b", {"no file"}, kDimension)}));
  EXPECT_EQ(text_of(origins->files_with("h1")), "");
  EXPECT_EQ(text_of(origins->files_at("/f/a")), "a /f/a a h4 s\n");
  ASSERT_EQ(*store->remove(std::vector<std::string>{"a"}), 1u);
  EXPECT_EQ(text_of(origins->files_at("/f/a")), "");
  ASSERT_EQ(*store->remove(Filter::all()), 4u);
  EXPECT_EQ(text_of(origins->files_below("", nullptr, 10)), "");
}

TEST_P(StoreConformance, EqualFilesAreOriginsOfOneDocument) {
  const auto store = open();
  OriginStore* const origins = store->origins();
  NEEDS(origins != nullptr);
  ASSERT_STATUS_OK(store->upsert({from_file("a", {"/f/a", "a", "h1", "s"}, kDimension)}));
  ASSERT_STATUS_OK(
      origins->change_origins(std::vector<OriginChange>{{.id = "a", .added = {{"/f/b", "b", "h1", "s"}}}}));
  EXPECT_EQ(text_of(origins->files_with("h1")), "a /f/a a h1 s\na /f/b b h1 s\n");
  ASSERT_STATUS_OK(store->upsert({from_file("a", {"/f/b", "b", "h1", "s"}, kDimension)}));
  EXPECT_EQ(origins->origins_of("a")->size(), 2u) << "the same content again";
  ASSERT_STATUS_OK(store->upsert({from_file("a", {"/f/b", "b", "h2", "s"}, kDimension)}));
  EXPECT_EQ(text_of(origins->files_below("/f", nullptr, 10)), "a /f/b b h2 s\n") << "another content";
  ASSERT_STATUS_OK(store->upsert({document("a", {"not from a file"}, kDimension)}));
  EXPECT_TRUE(origins->origins_of("a")->empty());
}

TEST_P(StoreConformance, ChangedOriginsKeepTextAndVectors) {
  const auto store = open();
  OriginStore* const origins = store->origins();
  NEEDS(origins != nullptr);
  Twin twin;
  NewDocument old = document("a", {"one", "two"}, kDimension);
  old.origin = std::make_shared<FileOrigin>(FileOrigin{"/f/old", "old", "h", "s"});
  ASSERT_STATUS_OK(store->upsert({old}));
  NewDocument moved = old;
  moved.metadata.filename = "new";
  moved.metadata.custom = {{"project", std::string("x")}};
  const OriginChange change{"a", moved.metadata, {"/f/old"}, {{"/f/new", "new", "h", "t"}}};
  ASSERT_STATUS_OK(origins->change_origins({&change, 1}));
  apply_to(twin, {moved});
  EXPECT_EQ(difference(*store, twin, kDimension), "");
  EXPECT_EQ(text_of(origins->files_below("/f", nullptr, 10)), "a /f/new new h t\n");
  EXPECT_EQ(store->list(Filter::equals("project", std::string("x")), 0, 10)->total, 1);
  const OriginChange wrong[] = {{.id = "a", .removed = {"/f/new"}}, {.id = "none"}};
  EXPECT_EQ(origins->change_origins(wrong).code(), Code::kNotFound);
  EXPECT_EQ(origins->origins_of("a")->size(), 1u) << "all of the changes or none";
}

TEST_P(StoreConformance, ChunksAreReadByTheirNumber) {
  const auto store = open();
  NEEDS(store->info().neighbors);
  const auto texts = [](StoreReader& reader, const char* id) {
    std::string found;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const auto chunk = reader.chunk_at(id, i);
      EXPECT_TRUE(chunk.ok()) << chunk.status().to_string();
      if (!*chunk) continue;
      EXPECT_EQ((*chunk)->id, chunk_id(id, i));
      EXPECT_EQ((*chunk)->index, i);
      found += (*chunk)->text + " ";
    }
    return found;
  };
  ASSERT_STATUS_OK(
      store->upsert({document("a", {"a0", "a1", "a2"}, kDimension), document("b", {"b0"}, kDimension)}));
  const auto before = open_reader(*store);
  EXPECT_EQ(texts(**before, "a"), "a0 a1 a2 ");
  EXPECT_EQ(texts(**before, "b"), "b0 ");
  EXPECT_EQ(texts(**before, "c"), "");
  ASSERT_STATUS_OK(store->upsert({document("a", {"new"}, kDimension)}));
  const auto after = open_reader(*store);
  EXPECT_EQ(texts(**after, "a"), "new ");
  if (store->info().snapshots) {
    EXPECT_EQ(texts(**before, "a"), "a0 a1 a2 ") << "a reader has one state";
  }
  EXPECT_EQ((**store->chunk_at("a", 0)).text, "new");
}

TEST_P(StoreConformance, ReplacingKeepsNothingOld) {
  const auto store = open();
  Twin twin;
  const std::vector<std::string> words = {"otter", "river", "fox", "dog"};
  for (std::size_t version = 0; version < words.size(); ++version) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 5 - version; ++i) texts.push_back(words[version] + " n" + std::to_string(i));
    const std::vector<NewDocument> documents = {document("d", texts, kDimension)};
    ASSERT_STATUS_OK(store->upsert(documents));
    apply_to(twin, documents);
    EXPECT_EQ(difference(*store, twin, kDimension), "");
    if (!store->info().lexical) continue;
    const auto reader = open_reader(*store);
    EXPECT_EQ(lexical(**reader, words[version], 10, Filter::all())->size(), texts.size());
    if (version > 0) {
      EXPECT_TRUE(lexical(**reader, words[version - 1], 10, Filter::all())->empty());
    }
  }
}

TEST_P(StoreConformance, LaterDuplicateWinsAndChunklessIsRemoved) {
  const auto store = open();
  Twin twin;
  std::vector<NewDocument> documents = {document("a", {"first"}, kDimension),
                                        document("b", {"b"}, kDimension),
                                        document("a", {"second", "third"}, kDimension)};
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
  documents = {document("a", {}, kDimension), document("c", {"c"}, kDimension), document("c", {}, kDimension),
               document("unknown", {}, kDimension)};
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  EXPECT_EQ(twin.size(), 1u);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, ChunksThatWaitOutsideMemoryAreStoredFirst) {
  const auto store = open();
  Twin twin;
  const std::vector<NewDocument> documents = {document("d", {"one", "two", "three"}, kDimension),
                                              document("all", {"four", "five"}, kDimension)};
  apply_to(twin, documents);
  std::vector<NewDocument> given = documents;
  for (NewDocument& one : given) {
    one.waiting = std::make_shared<Waiting>(std::vector(one.chunks.begin(), one.chunks.begin() + 2));
    one.chunks.erase(one.chunks.begin(), one.chunks.begin() + 2);
  }
  ASSERT_STATUS_OK(store->upsert(given));
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, RefusesBadDocumentsWhole) {
  const auto store = open();
  ASSERT_STATUS_OK(store->upsert({document("kept", {"k"}, kDimension)}));
  const auto with = [&](auto change) {
    NewDocument bad = document("bad", {"one", "two"}, kDimension);
    change(bad);
    const Status status = store->upsert({document("kept", {"changed"}, kDimension), bad});
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    return status.message();
  };
  EXPECT_NE(with([](NewDocument& d) { d.chunks[1].dense.pop_back(); }).find("chunk 1 of document \"bad\""),
            std::string::npos);
  with([](NewDocument& d) { d.chunks[0].dense[0] = NAN; });
  with([](NewDocument& d) { d.chunks[0].dense[0] = INFINITY; });
  with([](NewDocument& d) {
    for (float& x : d.chunks[0].dense) x = 0;
  });
  with([](NewDocument& d) { d.chunks[0].sparse = {{1, 0.5f}, {1, 0.5f}}; });
  with([](NewDocument& d) { d.chunks[0].sparse = {{2, 0.5f}, {1, 0.5f}}; });
  for (const float weight : {0.0f, -1.0f, NAN, INFINITY})
    with([&](NewDocument& d) { d.chunks[0].sparse = {{1, weight}}; });
  with([](NewDocument& d) {
    for (std::uint32_t i = 0; i <= kMostTokens; ++i) d.chunks[0].sparse.push_back({i, 1});
  });
  with([](NewDocument& d) { d.chunks[0].colbert = {2, {1, 1}, {1, 2, 3}}; });
  with([](NewDocument& d) { d.chunks[0].colbert = {1, {NAN}, {1}}; });
  with([](NewDocument& d) { d.id.clear(); });
  with([](NewDocument& d) { d.chunks[0].begin = d.chunks[0].end + 1; });
  EXPECT_NE(with([](NewDocument& d) { d.metadata.custom["$gte"] = true; }).find("$gte"), std::string::npos);
  const std::string kept = store->info().atomic_batch() ? "k" : "changed";
  EXPECT_EQ(difference(*store, {{"kept", document("kept", {kept}, kDimension)}}, kDimension), "");
  if (store->info().atomic_batch()) expect_commit(*store, 1);
}

TEST_P(StoreConformance, CommitGrowsByOneWithEachChange) {
  const auto store = open();
  expect_commit(*store, 0);
  ASSERT_STATUS_OK(store->upsert({document("a", {"x"}, kDimension), document("b", {"x", "y"}, kDimension)}));
  expect_commit(*store, 1);
  EXPECT_EQ(*store->remove(std::vector<std::string>{"unknown"}), 0u);
  expect_commit(*store, 1);
  EXPECT_EQ(*store->remove(std::vector<std::string>{"a", "unknown", "a"}), 1u);
  expect_commit(*store, 2);
  EXPECT_EQ(*store->remove(Filter::document("b")), 1u);
  expect_commit(*store, 3);
}

TEST_P(StoreConformance, RemovesByFilterAndAll) {
  const auto store = open();
  Twin twin;
  std::vector<NewDocument> documents;
  for (int i = 0; i < 20; ++i) {
    Metadata m;
    m.author = i % 2 ? "odd" : "even";
    documents.push_back(document("d" + std::to_string(i), {"text", "more"}, kDimension, m));
  }
  ASSERT_STATUS_OK(store->upsert(documents));
  EXPECT_EQ(*store->remove(Filter::equals("author", "odd")), 10u);
  for (const NewDocument& d : documents)
    if (*d.metadata.author == "even") twin.emplace(d.id, d);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
  EXPECT_EQ(*store->remove(Filter::all()), 10u);
  EXPECT_EQ(difference(*store, {}, kDimension), "");
  if (store->info().lexical) {
    EXPECT_TRUE(lexical(**open_reader(*store), "text", 10, Filter::all())->empty());
  }
  ASSERT_STATUS_OK(store->upsert(documents));
  twin.clear();
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, AFilterOnAKeyThatNoDocumentHasRemovesNothing) {
  const auto store = open();
  NEEDS(store->info().filters);
  Metadata m;
  m.custom = {{"department", std::string("sales")}};
  ASSERT_STATUS_OK(store->upsert({document("a", {"x"}, kDimension, m), document("b", {"y"}, kDimension)}));
  for (const Filter& filter :
       {Filter::equals("depratment", "sales"), Filter::compare(Filter::Op::kPrefix, "depratment", "sales"),
        Filter::compare(Filter::Op::kLess, "depratment", 5), Filter::any_of("depratment", {}),
        Filter::exists("depratment", true)})
    EXPECT_EQ(*store->remove(filter), 0u);
  EXPECT_EQ(store->stats()->documents, 2);
  EXPECT_EQ(*store->remove(Filter::equals("department", "sales")), 1u);
}

TEST_P(StoreConformance, ReplacedAndRemovedDocumentsLeaveNoCustomMetadata) {
  const auto store = open();
  NEEDS(store->info().filters);
  const auto with = [](const char* value) {
    Metadata m;
    m.custom = {{"tags", std::vector<std::string>{value, "common"}}};
    return document("d", {"text"}, kDimension, m);
  };
  const auto count = [&](const char* value) {
    return store->list(Filter::equals("tags", value), 0, 10)->total;
  };
  ASSERT_STATUS_OK(store->upsert({with("old")}));
  ASSERT_STATUS_OK(store->upsert({with("new")}));
  EXPECT_EQ(count("old"), 0);
  EXPECT_EQ(count("new"), 1);
  EXPECT_EQ(count("common"), 1);
  EXPECT_EQ(*store->remove(std::vector<std::string>{"d"}), 1u);
  ASSERT_STATUS_OK(store->upsert({document("other", {"text"}, kDimension)}));
  EXPECT_EQ(count("common"), 0);
  ASSERT_STATUS_OK(store->upsert({with("new")}));
  EXPECT_EQ(*store->remove(Filter::all()), 2u);
  ASSERT_STATUS_OK(store->upsert({document("other", {"text"}, kDimension)}));
  EXPECT_EQ(count("common"), 0);
}

TEST_P(StoreConformance, ListsPagesOrderedByIdBytes) {
  const auto store = open();
  const std::vector<std::string> ids = {"b", "a", "B", "a0", "\xC3\xA9", "_", "10", "9"};
  std::vector<NewDocument> documents;
  for (const auto& id : ids) documents.push_back(document(id, {id + " text"}, kDimension));
  ASSERT_STATUS_OK(store->upsert(documents));
  std::vector<std::string> sorted = ids, paged;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t offset = 0; offset < 12; offset += 3) {
    const auto page = store->list(Filter::all(), offset, 3);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->total, 8);
    EXPECT_LE(page->documents.size(), 3u);
    for (const auto& d : page->documents) paged.push_back(d.id);
  }
  EXPECT_EQ(paged, sorted);
  EXPECT_EQ(store->list(Filter::all(), 0, 0)->documents.size(), 0u);
  EXPECT_EQ(store->list(Filter::all(), 0, 0)->total, 8);
  EXPECT_EQ(store->list(Filter::all(), SIZE_MAX, SIZE_MAX)->documents.size(), 0u);
  EXPECT_EQ(store->list(Filter::all(), 0, SIZE_MAX)->documents.size(), 8u);
}

TEST_P(StoreConformance, FailingMeterEndsAList) {
  const auto store = open();
  for (const char* id : {"a", "b", "c"})
    ASSERT_STATUS_OK(store->upsert({document(id, {"text"}, kDimension)}));
  int asked = 0;
  const auto meter = [&](std::size_t bytes) {
    EXPECT_GT(bytes, 0u);
    return ++asked < 2 ? Status() : Status(Code::kResourceExhausted, "full");
  };
  EXPECT_EQ(store->list(Filter::all(), 0, 10, meter).status().message(), "full");
  EXPECT_EQ(asked, 2);
}

TEST_P(StoreConformance, SampleIsTheFirst200CodePointsOfChunkZero) {
  const auto store = open();
  std::string wide, wider;
  for (int i = 0; i < 300; ++i) {
    wide += "\xE6\x97\xA5";
    wider += "\xF0\x9F\x98\x80";
  }
  const std::string ascii(199, 'a');
  ASSERT_STATUS_OK(
      store->upsert({document("1", {ascii, "no"}, kDimension), document("2", {wide}, kDimension),
                     document("3", {wider}, kDimension), document("4", {ascii + "bcd"}, kDimension)}));
  const auto page = store->list(Filter::all(), 0, 10);
  ASSERT_EQ(page->documents.size(), 4u);
  EXPECT_EQ(page->documents[0].sample_text, ascii);
  EXPECT_EQ(page->documents[1].sample_text, wide.substr(0, 600));
  EXPECT_EQ(page->documents[2].sample_text, wider.substr(0, 800));
  EXPECT_EQ(page->documents[3].sample_text, ascii + "b");
}

TEST_P(StoreConformance, GetsDocumentsById) {
  const auto store = open();
  Metadata m;
  m.author = "Al";
  ASSERT_STATUS_OK(
      store->upsert({document("a", {"one", "two"}, kDimension, m), document("b", {"b"}, kDimension)}));
  const auto got = store->get(std::vector<std::string>{"b", "unknown", "a", "b"});
  ASSERT_TRUE(got.ok()) << got.status().to_string();
  ASSERT_EQ(got->size(), 2u);
  EXPECT_EQ((*got)[0].id, "b");
  EXPECT_EQ((*got)[1].id, "a");
  EXPECT_EQ((*got)[1].chunk_count, 2);
  EXPECT_EQ((*got)[1].sample_text, "one");
  EXPECT_EQ((*got)[1].metadata, m);
  EXPECT_TRUE(store->get({})->empty());
}

TEST_P(StoreConformance, MissingCapabilitiesAreRefusedNotIgnored) {
  const auto store = open();
  const StoreInfo info = store->info();
  EXPECT_EQ(info.snapshots, store->snapshots() != nullptr);
  EXPECT_FALSE(info.kind.empty());
  ASSERT_STATUS_OK(store->upsert({document("a", {"word"}, kDimension)}));
  const auto words = store->search(SearchRequest::lexical("word", 1));
  EXPECT_EQ(words.status().code(), info.lexical ? Code::kOk : Code::kUnsupported);
  const auto removed = store->remove(Filter::equals("author", "nobody"));
  EXPECT_EQ(removed.status().code(), info.filters ? Code::kOk : Code::kUnsupported);
  EXPECT_EQ(store->stats()->documents, 1);
}

}  // namespace
}  // namespace rappel
