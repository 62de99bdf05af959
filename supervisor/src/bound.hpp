// A reference that stays with its owner when the owner takes over another's state.
#pragma once

#include <cstddef>

namespace glacis::supervisor {

/// Assigning leaves it alone: the owner's parts go on referring to each other, and not to those of
/// whoever was copied.
template <class T> class Bound {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): stands in for a reference
    Bound(T& target) : target_(&target) {}
    ~Bound() = default;
    Bound(const Bound&) = delete;
    Bound& operator=(const Bound& other)
    {
        static_cast<void>(other);
        return *this;
    }

    T* operator->() const { return target_; }
    template <class Index> decltype(auto) operator[](Index index) const
    {
        return (*target_)[index];
    }

private:
    T* target_;
};

} // namespace glacis::supervisor
