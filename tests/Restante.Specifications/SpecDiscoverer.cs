using Xunit.Abstractions;
using Xunit.Sdk;

namespace Restante.Specifications;

/// <summary>Makes a trait of each statement that a test names.</summary>
public sealed class SpecDiscoverer : ITraitDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute)
    {
        foreach (object argument in traitAttribute.GetConstructorArguments())
        {
            foreach (object statement in argument as IEnumerable<object> ?? [argument])
                yield return new KeyValuePair<string, string>("Spec", (string)statement);
        }
    }
}
