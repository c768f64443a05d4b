using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>What became of a question.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Inquiry">The inquiry of that id; null unless it is there.</param>
public readonly record struct AskResult(AskStatus Status, InquiryRecord? Inquiry);

/// <summary>Whether a question was taken.</summary>
public enum AskStatus
{
    /// <summary>It waits for a handler, durably.</summary>
    Asked,

    /// <summary>The device has asked under this id before; nothing was changed.</summary>
    Duplicate,

    /// <summary>There is no such device (any more).</summary>
    DeviceNotFound,

    /// <summary>The device has as many open inquiries as it may.</summary>
    TooManyOpen,

    /// <summary>As many inquiries wait for a handler of the subject as may.</summary>
    SubjectFull,
}
