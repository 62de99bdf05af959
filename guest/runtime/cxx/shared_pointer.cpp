// The one part of std::shared_ptr that lies in libstdc++'s library.
#include <memory>

/// Asked about the type of a deleter, which without RTTI nobody can name.
bool std::_Sp_make_shared_tag::_S_eq(const std::type_info&) noexcept
{
    return false;
}
