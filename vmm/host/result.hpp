// Failures of the host, as values.
//
// Three tiers of errors in this code base: a bug is an assertion; a failure of the host is a Result
// that carries operation, errno and what we were doing; misbehaviour of a guest is an ordinary
// value.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace glacis {

/// A host call that failed.
struct HostError {
    std::string operation; ///< the call: "KVM_CREATE_VM", "mmap"
    int error_number = 0;  ///< errno; 0 where the host gave none
    std::string context;   ///< what we were doing: "reserving the stack area"

    /// "reserving the stack area: mmap: Cannot allocate memory"
    [[nodiscard]] std::string text() const;
};

/// errno as it is now.
[[nodiscard]] HostError host_error(std::string_view operation, std::string_view context = {});

/// A T or the HostError that kept us from making one. `E` may be another error type.
template <class T, class E = HostError> class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(E error) : content_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    /// Precondition: has_value().
    [[nodiscard]] T& value() &
    {
        assert(has_value());
        return *std::get_if<0>(&content_);
    }
    [[nodiscard]] const T& value() const&
    {
        assert(has_value());
        return *std::get_if<0>(&content_);
    }
    [[nodiscard]] T&& value() &&
    {
        assert(has_value());
        return std::move(*std::get_if<0>(&content_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// Precondition: !has_value().
    [[nodiscard]] const E& error() const
    {
        assert(!has_value());
        return *std::get_if<1>(&content_);
    }

private:
    std::variant<T, E> content_;
};

/// Success without a value.
struct Done {};
using Status = Result<Done>;

} // namespace glacis
