#include "analyzer/lsp/documents.h"

namespace assay::lsp {
namespace {

TEST(UriTest, ThereAndBack) {
  EXPECT_EQ(path_of_uri("file:///a%20b/c%C3%A9.tf"), "/a b/c\xC3\xA9.tf");
  EXPECT_EQ(path_of_uri("FILE:///x"), "/x");
  EXPECT_EQ(path_of_uri("file:/x/../y"), "/y");
  EXPECT_EQ(path_of_uri("file://host/x"), "/x");
  EXPECT_EQ(path_of_uri("untitled:Untitled-1"), "");
  EXPECT_EQ(path_of_uri("file:relative"), "");
  EXPECT_EQ(path_of_uri("file://"), "");
  EXPECT_EQ(path_of_uri("file:///a%00b"), "");
  EXPECT_EQ(path_of_uri("file:///100%"), "/100%");
  EXPECT_EQ(path_of_uri("file:///a%zz"), "/a%zz");
  for (std::string path : {"/a b/c", "/\xED\x95\x9C/#?%.tf", "/plain-1.2_3~/x.yaml"}) EXPECT_EQ(path_of_uri(uri_of_path(path)), path);
}

std::shared_ptr<const Documents> documents(std::initializer_list<std::pair<std::string, std::string>> list) {
  auto out = std::make_shared<Documents>();
  for (const auto& [path, text] : list) (*out)[path] = std::make_shared<Document>(uri_of_path(path), path, "", 1, text);
  return out;
}

TEST(OverlayTest, DocumentsStandInFrontOfTheDisk) {
  core::MemoryFileSystem disk({{"/w/a.tf", "old"}, {"/w/b.tf", "b"}});
  Overlay files(disk, documents({{"/w/a.tf", "new"}, {"/w/new/deep/c.tf", "c"}}));
  EXPECT_EQ(*files.read("/w/a.tf"), "new");
  EXPECT_EQ(*files.read("/w/./x/../a.tf"), "new");
  EXPECT_EQ(*files.read("/w/b.tf"), "b");
  EXPECT_EQ(files.stat("/w/a.tf")->size, 3u);
  EXPECT_TRUE(files.is_directory("/w/new/deep"));
  EXPECT_FALSE(files.exists("/w/neu"));
  auto names = [&](const char* directory) {
    std::string out;
    auto entries = files.list(directory);
    for (const core::DirEntry& entry : *entries) out += entry.name + (entry.kind == core::EntryKind::kDirectory ? "/ " : " ");
    return out;
  };
  EXPECT_EQ(names("/w"), "a.tf b.tf new/ ");
  EXPECT_EQ(names("/w/new"), "deep/ ");
  EXPECT_EQ(names("/w/new/deep"), "c.tf ");
  EXPECT_EQ(*files.real_path("/w/new/deep/c.tf"), "/w/new/deep/c.tf");
  EXPECT_FALSE(files.list("/elsewhere"));
  EXPECT_EQ(files.read_up_to("/w/a.tf", 2).error().code, "file-too-large");
}

TEST(OverlayTest, UntitledDocumentsHaveTheirLanguagesExtension) {
  EXPECT_EQ(path_of_untitled("untitled:Untitled-1", "terraform", "/w"), "/w/(untitled) untitled_Untitled-1.tf/untitled_Untitled-1.tf");
  EXPECT_TRUE(path_of_untitled("untitled:U", "yaml", "/w").ends_with(".yaml"));
  EXPECT_TRUE(path_of_untitled("untitled:U", "json", "/w").ends_with(".json"));
}

}  // namespace
}  // namespace assay::lsp
