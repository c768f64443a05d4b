using System.Buffers;

namespace Restante.Core.Inquiries;

/// <summary>How subjects and inquiries may be named.</summary>
public static class InquiryNames
{
    /// <summary>The longest subject and the longest id of an inquiry, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>How the names of all readers of ended inquiries begin; the policy and the subject follow.</summary>
    public const string EndedReaders = "ended/";

    /// <summary>The rule of subjects in words, for refusals.</summary>
    public const string SubjectRule = "a subject has 1 to 64 characters out of A-Z a-z 0-9 . _ -";

    /// <summary>The rule of ids in words, for refusals.</summary>
    public const string IdRule = "the id of an inquiry has 1 to 64 characters out of A-Z a-z 0-9 . _ : @ = ~ -";

    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    private static readonly SearchValues<char> s_subject = SearchValues.Create(Plain);
    private static readonly SearchValues<char> s_id = SearchValues.Create(Plain + ":@=~");

    /// <summary>True when the text names a subject.</summary>
    public static bool IsSubject(ReadOnlySpan<char> text) => Fits(text, s_subject);

    /// <summary>True when the text names an inquiry.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => Fits(text, s_id);

    private static bool Fits(ReadOnlySpan<char> text, SearchValues<char> allowed) =>
        text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(allowed) && text is not "." and not "..";
}
