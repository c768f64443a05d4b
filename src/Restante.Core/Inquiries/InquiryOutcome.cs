namespace Restante.Core.Inquiries;

/// <summary>How an inquiry ended.</summary>
public enum InquiryOutcome
{
    /// <summary>A handler sent the final answer.</summary>
    Answered = 0,

    /// <summary>Its deadline came first.</summary>
    Expired = 1,

    /// <summary>The device took it back.</summary>
    Cancelled = 2,

    /// <summary>A handler refused to answer it; the device was told by a final answer with the property <c>error</c>.</summary>
    Rejected = 3,

    /// <summary>It was handed out as often as is allowed, and no handler kept it; the device was told as of a rejection.</summary>
    Undeliverable = 4,

    /// <summary>The device was removed.</summary>
    DeviceRemoved = 5,
}
