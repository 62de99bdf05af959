#include "doctor/report.hpp"

#include <algorithm>

namespace glacis::doctor {

const Cost* DoctorReport::cost(const std::string& key) const
{
    const auto found =
        std::find_if(costs.begin(), costs.end(), [&](const Cost& cost) { return cost.key == key; });
    return found == costs.end() ? nullptr : &*found;
}

const Behaviour* DoctorReport::behaviour(const std::string& key) const
{
    const auto found =
        std::find_if(behaviours.begin(), behaviours.end(),
                     [&](const Behaviour& behaviour) { return behaviour.key == key; });
    return found == behaviours.end() ? nullptr : &*found;
}

const char* verdict_text(Verdict verdict)
{
    switch (verdict) {
    case Verdict::usable:
        return "usable";
    case Verdict::limited:
        return "usable with limits";
    case Verdict::unusable:
        break;
    }
    return "unusable";
}

} // namespace glacis::doctor
