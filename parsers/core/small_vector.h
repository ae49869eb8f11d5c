// A vector of trivially copyable things whose first N live in the object itself: what an evaluator
// collects on the stack before it goes into an arena, without asking the system for memory.
//
// Called by parsers/formats and parsers/model. Ownership: its own memory. Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>

namespace assay::core {

template <typename T, size_t N>
class SmallVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  SmallVector() = default;
  SmallVector(const SmallVector&) = delete;
  SmallVector& operator=(const SmallVector&) = delete;
  ~SmallVector() {
    if (data_ != inside()) std::free(data_);
  }

  void push_back(const T& item) {
    if (size_ == room_) {
      T kept = item;  // it may be one of ours
      grow(size_ + 1);
      new (data_ + size_++) T(kept);
      return;
    }
    new (data_ + size_++) T(item);
  }
  void append(std::span<const T> items) {
    if (items.empty()) return;
    grow(size_ + items.size());
    std::memcpy(static_cast<void*>(data_ + size_), items.data(), items.size() * sizeof(T));
    size_ += items.size();
  }
  void reserve(size_t count) { grow(count); }
  void truncate(size_t count) { size_ = count < size_ ? count : size_; }
  void clear() { size_ = 0; }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t index) { return data_[index]; }
  const T& operator[](size_t index) const { return data_[index]; }
  T& back() { return data_[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  std::span<const T> span() const { return {data_, size_}; }
  operator std::span<const T>() const { return span(); }  // NOLINT: it is one

 private:
  T* inside() { return reinterpret_cast<T*>(storage_); }
  void grow(size_t wanted) {
    if (wanted <= room_) return;
    size_t room = room_ * 2 > wanted ? room_ * 2 : wanted;
    T* fresh = static_cast<T*>(std::malloc(room * sizeof(T)));
    if (fresh == nullptr) std::abort();
    if (size_ > 0) std::memcpy(static_cast<void*>(fresh), data_, size_ * sizeof(T));
    if (data_ != inside()) std::free(data_);
    data_ = fresh;
    room_ = room;
  }

  alignas(T) std::byte storage_[N * sizeof(T)];
  T* data_ = inside();
  size_t size_ = 0;
  size_t room_ = N;
};

}  // namespace assay::core
